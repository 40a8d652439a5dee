/**
 * Keeps one session's events as they come: buffered, and handed to the store when the session starts, at the end of every round and when it
 * ends, so a crash loses at most one round. What the store couldn't take is kept for the next time, and whoever asks learns why. A session is
 * called finished only together with its last events: a store that has no room for them has a session that can go on.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import { describeEnvironment } from './environment.ts'
import type { SavedReplica, JournalPart, NewSession, SessionEnd, Written } from './kept-session.ts'

/** What a recorder needs of a store, in this thread or in another. */
export interface RecordingStore {
  write(session: string, written: Written): void | Promise<void>
}

/** What is kept along with the events of a round so that the session can go on from there. */
export interface ResumeParts {
  /** Since it was asked for the last time; so are those. */
  takeJournal(): JournalPart
  takeCheckpoints(): readonly SavedReplica[]
}

export interface RecorderOptions {
  /** @default the system's clock */
  readonly now?: () => Date
  /** @default the session can't be resumed */
  readonly progress?: ResumeParts | undefined
  readonly profiles?: Catalogue | undefined
  /** A session that goes on: its events begin in the middle. @default a new one, which its first event names */
  readonly session?: string | undefined
}

const FLUSHED_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'phone-tuned', 'round-finished', 'session-finished'])
/** After these, what comes next follows from what was kept; the user's changes are kept at once and belong to the next round. */
const RESUMABLE_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'round-finished'])

interface Batch {
  readonly events: readonly LabEvent[]
  readonly journal: readonly JournalPart[]
  readonly checkpoints: readonly SavedReplica[]
}

export class Recorder {
  private readonly store: RecordingStore
  private readonly options: RecorderOptions
  private session: string | null
  private created: NewSession | undefined
  /** Handed over with all that came before it, until the store has it. */
  private end: SessionEnd | undefined
  private ended = false
  private events: LabEvent[] = []
  /** What is to be kept together, and what the store doesn't have yet. */
  private batches: Batch[] = []
  /** Writes follow one another. */
  private writing: Promise<void> = Promise.resolve()

  constructor(store: RecordingStore, options: RecorderOptions = {}) {
    this.store = store
    this.options = options
    this.session = options.session ?? null
  }

  /** Whether the store has anything of the session. */
  get begun(): boolean {
    return this.session !== null && this.created === undefined
  }

  record(event: LabEvent): void {
    this.events.push(event)
    if (event.kind === 'session-started') this.begin(event)
    if (event.kind === 'session-finished') this.over({ state: event.stoppedBy === 'interrupted' ? 'interrupted' : 'finished' })
    if (FLUSHED_AFTER.has(event.kind) || this.ended) this.flush(RESUMABLE_AFTER.has(event.kind))
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

  /** Keeps what there is of a session that broke off. One that never started leaves no trace, and one whose end is kept stays as it is. */
  async fail(reason: unknown): Promise<void> {
    await this.writing.catch(() => {})
    const { session } = this
    if (session === null || (this.ended && !this.end)) return
    this.events = this.events.filter(({ kind }) => kind !== 'session-finished')
    // The end that the store had no room for did not come to be.
    this.batches = this.batches.map((batch) => ({ ...batch, events: batch.events.filter(({ kind }) => kind !== 'session-finished') }))
    this.over({ state: 'failed', error: (reason instanceof Error ? reason.message : String(reason)).replaceAll(/\s+/g, ' ').trim() })
    this.flush(false)
    try {
      await this.writing
    } catch (failure) {
      if (!this.begun) throw failure
      // Less may fit where all of it does not: at least that it failed, and why.
      await this.store.write(session, { events: [], end: this.end })
    }
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
    this.batches.push({ events: this.events, journal, checkpoints: progress?.takeCheckpoints() ?? [] })
    this.events = []
    // What failed before is still pending: the next write tries again with it.
    this.writing = this.writing.catch(() => {}).then(() => this.write(session))
    // Told to whoever waits for it; nobody may be waiting yet.
    this.writing.catch(() => {})
  }

  private async write(session: string): Promise<void> {
    const { created, end } = this
    const batches = [...this.batches]
    let after = 0
    // Of several batches each part of the journal stands where its own round ended.
    const journal = batches.flatMap((batch) => {
      after += batch.events.length
      return batch.journal.map((part) => ({ ...part, after }))
    })
    const checkpoints = batches.flatMap((batch) => batch.checkpoints)
    await this.store.write(session, { created, events: batches.flatMap(({ events }) => events), journal, checkpoints, end })
    this.batches.splice(0, batches.length)
    if (this.created === created) this.created = undefined
    if (this.end === end) this.end = undefined
  }

  private over(end: Omit<SessionEnd, 'endedAt'>): void {
    if (this.session === null) return
    this.ended = true
    this.end = { ...end, endedAt: this.now() }
  }

  private now(): string {
    return (this.options.now?.() ?? new Date()).toISOString()
  }
}
