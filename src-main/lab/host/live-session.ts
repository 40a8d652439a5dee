/** A session that runs in this lab: its user steers it, and every window gets its notices. */
import type { LabNotices, RunState, RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { SessionControl } from '../session-control.ts'
import { NoticeSender } from './notice-sender.ts'

export interface LiveRun {
  /** @param seq the event's number in the session */
  readonly emit: (event: LabEvent, seq: number) => void
  readonly steering: SessionControl
  readonly onDoing: (phone: number, words: string) => void
  /** Called with a function that makes all events so far durable. */
  readonly onRecording: (sync: () => Promise<void>) => void
}

interface LiveSessionOptions {
  readonly id: string
  readonly phones: number
  /** `kept` if the store had the session before, else `new`. */
  readonly was: 'new' | 'kept'
  readonly notices: Pick<LabNotices, 'events' | 'status' | 'doing'>
  /** Called at the first event. */
  onBegun(): void
  /** Runs the session and stores it. */
  run(run: LiveRun): Promise<void>
  /** Words a failure in one line. */
  wordsFor(error: unknown): string
}

export class LiveSession {
  readonly id: string
  /** Resolves when the session is over, however it ended. */
  readonly over: Promise<void>
  private readonly control: SessionControl
  private readonly options: LiveSessionOptions
  private state: RunState = 'starting'
  private error: string | null = null
  private isKept: boolean
  private sync: () => Promise<void> = async () => {}

  constructor(options: LiveSessionOptions) {
    this.id = options.id
    this.options = options
    this.isKept = options.was === 'kept'
    this.control = new SessionControl(options.phones)
    this.control.onWaiting = (waiting) => this.enter(waiting ? 'paused' : this.state === 'paused' ? 'running' : this.state)
    this.over = this.run()
  }

  get status(): RunStatus {
    return { session: this.id, state: this.state, error: this.error }
  }

  pause(): RunStatus {
    this.control.pause()
    return this.enter('pausing')
  }

  proceed(): RunStatus {
    this.control.proceed()
    return this.enter('running')
  }

  step(): RunStatus {
    this.control.step()
    return this.enter('pausing')
  }

  stop(): RunStatus {
    this.control.stop()
    return this.enter('stopping')
  }

  tune(phones: readonly number[], change: unknown): void {
    this.control.tune(phones, change)
  }

  /** Hands all events so far to the store, so that a reader misses none. @returns true if the store has the session */
  async keep(): Promise<boolean> {
    if (this.isKept) await this.sync()
    return this.isKept
  }

  private async run(): Promise<void> {
    const batch = new NoticeSender(this.id, this.options.notices)
    const emit = (event: LabEvent, seq: number): void => {
      batch.add(event, seq)
      if (event.kind === 'session-finished') this.enter('ending')
      if (this.state !== 'starting' && this.isKept) return
      this.isKept = true
      if (this.state === 'starting') this.enter('running')
      this.options.onBegun()
    }
    try {
      // Waiting for the next turn lets the caller that starts the session get its id before any notice.
      await Promise.resolve()
      await this.options.run({
        emit,
        steering: this.control,
        onDoing: (phone, words) => batch.addDoing(phone, words),
        onRecording: (sync) => (this.sync = sync),
      })
      batch.flush()
      this.enter('finished')
    } catch (error) {
      batch.flush()
      this.error = this.options.wordsFor(error)
      this.enter('failed')
    }
  }

  /** Enters a state, unless that would lead back: a session that stops does not run again, and one that is over stays over. */
  private enter(state: RunState): RunStatus {
    if (towardsEnd(state) >= towardsEnd(this.state) && state !== this.state) {
      this.state = state
      this.options.notices.status(this.status)
    }
    return this.status
  }
}

const STAGES: readonly (readonly RunState[])[] = [
  ['starting', 'running', 'pausing', 'paused'],
  ['stopping'],
  ['ending'],
  ['finished', 'failed'],
]

function towardsEnd(state: RunState): number {
  return STAGES.findIndex((states) => states.includes(state))
}
