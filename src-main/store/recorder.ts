/**
 * Keeps one session's events as they come: buffered, and handed to the store when the session starts, at the end of every round and when it
 * ends, so a crash loses at most one round. What the store couldn't take is kept for the next time, and whoever asks learns why.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import { describeEnvironment } from './environment.ts'
import type { Checkpoint, JournalPart, NewSession, SessionEnd, Written } from './kept-session.ts'

/** What a recorder needs of a store, in this thread or in another. */
export interface RecordingStore {
  createSession(session: NewSession): void | Promise<void>
  write(session: string, written: Written): void | Promise<void>
  finish(session: string, end: SessionEnd): void | Promise<void>
}

/** What is kept along with the events of a round so that the session can go on from there. */
export interface Progress {
  /** Since it was asked for the last time; so are those. */
  takeJournal(): JournalPart
  takeCheckpoints(): readonly Checkpoint[]
}

export interface RecorderOptions {
  /** @default the system's clock */
  readonly now?: () => Date
  /** @default the session can't be resumed */
  readonly progress?: Progress | undefined
  readonly profiles?: Catalogue | undefined
  /** A session that goes on: its events begin in the middle. @default a new one, which its first event names */
  readonly session?: string | undefined
}

const FLUSHED_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'phone-tuned', 'round-finished', 'session-finished'])
/** After these, what comes next follows from what was kept; the user's changes are kept at once and belong to the next round. */
const RESUMABLE_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'round-finished'])

export class Recorder {
  private readonly store: RecordingStore
  private readonly options: RecorderOptions
  private session: string | null
  private ended = false
  private created: NewSession | null = null
  private events: LabEvent[] = []
  /** What is to be kept together, and what the store doesn't have yet. */
  private batches: Required<Written>[] = []
  /** Writes follow one another. */
  private writing: Promise<void> = Promise.resolve()

  constructor(store: RecordingStore, options: RecorderOptions = {}) {
    this.store = store
    this.options = options
    this.session = options.session ?? null
  }

  record(event: LabEvent): void {
    this.events.push(event)
    if (event.kind === 'session-started') this.begin(event)
    if (FLUSHED_AFTER.has(event.kind) || this.ended) this.flush(RESUMABLE_AFTER.has(event.kind))
    if (event.kind === 'session-finished') this.end({ state: event.stoppedBy === 'interrupted' ? 'interrupted' : 'finished' })
  }

  /** Until everything handed over so far is kept. @throws what kept the store from it */
  durable(): Promise<void> {
    return this.writing
  }

  /** Hands over what there is, also in the middle of a round, where a session can't go on from. */
  sync(): Promise<void> {
    if (!this.ended && this.events.length > 0) this.flush(false)
    return this.writing
  }

  /** Keeps what there is of a session that broke off. A session that never started leaves no trace. */
  async fail(error: unknown): Promise<void> {
    if (this.session === null || this.ended) return
    this.flush(false)
    this.end({ state: 'failed', error: error instanceof Error ? error.message : String(error) })
    await this.writing
  }

  private begin({ session, scenario }: LabEvent & { kind: 'session-started' }): void {
    const { name, seed, method } = scenario
    const { profiles } = this.options
    const about = { id: session, name, method: method.kind, seed, scenario, startedAt: this.now(), environment: describeEnvironment() }
    this.created = { ...about, ...(profiles ? { profiles } : {}) }
    this.session = session
  }

  /** @param resumable the session can go on from here */
  private flush(resumable: boolean): void {
    const { session } = this
    if (session === null) return
    const { progress } = this.options
    const journal = progress && resumable ? [progress.takeJournal()] : []
    const kept = { journal, checkpoints: progress?.takeCheckpoints() ?? [] }
    this.batches.push({ events: this.events, ...kept })
    this.events = []
    this.inTurn(() => this.write(session))
  }

  private async write(session: string): Promise<void> {
    if (this.created) {
      await this.store.createSession(this.created)
      this.created = null
    }
    const batches = [...this.batches]
    await this.store.write(session, {
      events: batches.flatMap(({ events }) => events),
      journal: batches.flatMap(({ journal }) => journal),
      checkpoints: batches.flatMap(({ checkpoints }) => checkpoints),
    })
    this.batches.splice(0, batches.length)
  }

  private end(end: Omit<SessionEnd, 'endedAt'>): void {
    const { session } = this
    if (session === null) return
    const endedAt = this.now()
    this.ended = true
    this.inTurn(() => this.store.finish(session, { ...end, endedAt }))
  }

  private now(): string {
    return (this.options.now?.() ?? new Date()).toISOString()
  }

  private inTurn(work: () => void | Promise<void>): void {
    // What failed before is still pending: the next write tries again with it.
    this.writing = this.writing.catch(() => {}).then(work)
    // Told to whoever waits for it; nobody may be waiting yet.
    this.writing.catch(() => {})
  }
}
