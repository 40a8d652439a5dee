/** A session that runs in this lab: steered by its user, recorded as it goes, told to every window. */
import type { LabNotices, RunState, RunStatus } from '#shared/api/lab-api.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { SessionControl } from '../session-control.ts'
import { NoticeBatch } from './notice-batch.ts'

/** Keeps the events of one session; see store/recorder.ts. */
export interface EventRecorder {
  record(event: LabEvent): void
  fail(error: unknown): void
}

export interface LiveRun {
  readonly emit: (event: LabEvent) => void
  readonly steering: SessionControl
  readonly onDoing: (phone: number, words: string) => void
}

export interface LiveSessionOptions {
  readonly id: string
  readonly phones: number
  readonly notices: Pick<LabNotices, 'events' | 'status' | 'doing'>
  readonly recorder: EventRecorder
  /** Events it had before; a session that is resumed goes on from them. @default 0 */
  readonly from?: number
  /** Computes it. */
  run(run: LiveRun): Promise<void>
}

export class LiveSession {
  readonly id: string
  /** Resolves when it is over, however it ended. */
  readonly over: Promise<void>
  private readonly control: SessionControl
  private readonly options: LiveSessionOptions
  private state: RunState = 'starting'
  private error: string | null = null
  private readonly told: LabEvent[] = []

  constructor(options: LiveSessionOptions) {
    this.id = options.id
    this.options = options
    this.control = new SessionControl(options.phones)
    this.control.onWaiting = (waiting) => this.enter(waiting ? 'paused' : this.state === 'paused' ? 'running' : this.state)
    this.over = this.run()
  }

  get status(): RunStatus {
    return { session: this.id, state: this.state, error: this.error }
  }

  get events(): readonly LabEvent[] {
    return this.told
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

  private async run(): Promise<void> {
    const { id, notices, recorder, from } = this.options
    const batch = new NoticeBatch(id, notices, from)
    const emit = (event: LabEvent): void => {
      recorder.record(event)
      this.told.push(event)
      batch.add(event)
      if (this.state === 'starting') this.enter('running')
    }
    try {
      // Not in the same turn: whoever starts it knows it by then.
      await Promise.resolve()
      await this.options.run({ emit, steering: this.control, onDoing: (phone, words) => batch.addDoing(phone, words) })
      batch.flush()
      this.enter('finished')
    } catch (error) {
      recorder.fail(error)
      batch.flush()
      this.error = error instanceof Error ? error.message : String(error)
      this.enter('failed')
    }
  }

  /** What is over stays over, and what stops goes on stopping. */
  private enter(state: RunState): RunStatus {
    const over = this.state === 'finished' || this.state === 'failed'
    const stopping = this.state === 'stopping' && state !== 'finished' && state !== 'failed'
    if (!over && !stopping && state !== this.state) {
      this.state = state
      this.options.notices.status(this.status)
    }
    return this.status
  }
}
