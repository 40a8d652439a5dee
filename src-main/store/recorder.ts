/**
 * Records one session's events: it buffers them, and hands them to the store when the session starts, at the end of every round and when the session
 * ends, so a crash loses at most one round. Events that the store couldn't take wait for the next write, and callers of `durable` learn why. A session
 * is marked as finished only together with its last events: if there is no room for them, the stored session can still be resumed.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import { describeEnvironment } from './environment.ts'
import type { StoredReplica, JournalPart, NewSession, SessionEnd, Written } from './session-data.ts'

/** The part of a store that a recorder needs, in this thread or in another. */
interface RecordingStore {
  write(session: string, written: Written): void | Promise<void>
}

/** The source of what is stored along with the events of a round so that the session can be resumed. */
export interface ResumeParts {
  /** Returns the journal since the last call; `takeCheckpoints` does the same for checkpoints. */
  takeJournal(): JournalPart
  takeCheckpoints(): readonly StoredReplica[]
}

interface RecorderOptions {
  /** Returns the present time. @default the system's clock */
  readonly now?: () => Date
  /** The parts that make the session resumable. @default the session can't be resumed */
  readonly progress?: ResumeParts | undefined
  readonly profiles?: Catalogue | undefined
  /** The id of the session that is resumed. @default the session is new, and its first event has its id */
  readonly session?: string | undefined
}

const FLUSHED_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'phone-tuned', 'round-finished', 'session-finished'])
/**
 * The kinds of events after which the session can be resumed, since the rest follows from what was stored. The user's changes are stored at once and
 * belong to the next round.
 */
const RESUMABLE_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'round-finished'])

interface Batch {
  readonly events: readonly LabEvent[]
  readonly journal: readonly JournalPart[]
  readonly checkpoints: readonly StoredReplica[]
}

export class Recorder {
  private readonly store: RecordingStore
  private readonly options: RecorderOptions
  private session: string | null
  private created: NewSession | undefined
  /** The session's end, handed over with all events before it until the store has it; undefined while the session runs. */
  private end: SessionEnd | undefined
  private ended = false
  private events: LabEvent[] = []
  /** The batches, each to be stored together, that the store doesn't have yet. */
  private batches: Batch[] = []
  /** The last write. Each write waits for the one before. */
  private writing: Promise<void> = Promise.resolve()

  constructor(store: RecordingStore, options: RecorderOptions = {}) {
    this.store = store
    this.options = options
    this.session = options.session ?? null
  }

  /** True if the store has anything of the session. */
  get begun(): boolean {
    return this.session !== null && this.created === undefined
  }

  record(event: LabEvent): void {
    this.events.push(event)
    if (event.kind === 'session-started') this.begin(event)
    if (event.kind === 'session-finished') this.over({ state: event.stoppedBy === 'interrupted' ? 'interrupted' : 'finished' })
    if (FLUSHED_AFTER.has(event.kind) || this.ended) this.flush(RESUMABLE_AFTER.has(event.kind))
  }

  /** Waits until everything handed over so far is stored. @throws what kept the store from it */
  durable(): Promise<void> {
    return this.writing
  }

  /** Hands over all events so far, even in the middle of a round, from where a session can't be resumed. */
  sync(): Promise<void> {
    if (!this.ended && this.events.length > 0) this.flush(false)
    return this.writing
  }

  /** Stores all events of a session that broke off. A session that never started leaves no trace, and one whose end is stored stays as it is. */
  async fail(reason: unknown): Promise<void> {
    await this.writing.catch(() => {})
    const { session } = this
    if (session === null || (this.ended && !this.end)) return
    this.events = this.events.filter(({ kind }) => kind !== 'session-finished')
    // The session didn't finish if the store had no room for its end.
    this.batches = this.batches.map((batch) => ({ ...batch, events: batch.events.filter(({ kind }) => kind !== 'session-finished') }))
    this.over({ state: 'failed', error: (reason instanceof Error ? reason.message : String(reason)).replaceAll(/\s+/g, ' ').trim() })
    this.flush(false)
    try {
      await this.writing
    } catch (failure) {
      if (!this.begun) throw failure
      // A small write may fit where a large one doesn't, and at least stores that the session failed, and why.
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

  /** @param resumable true if the session can be resumed from here */
  private flush(resumable: boolean): void {
    const { session } = this
    if (session === null) return
    const { progress } = this.options
    const journal = progress && resumable ? [progress.takeJournal()] : []
    this.batches.push({ events: this.events, journal, checkpoints: progress?.takeCheckpoints() ?? [] })
    this.events = []
    // Batches of a failed write are still pending: the next write tries them again.
    this.writing = this.writing.catch(() => {}).then(() => this.write(session))
    // The error is reported to callers of `durable`; without this line it would count as unhandled until somebody calls that.
    this.writing.catch(() => {})
  }

  private async write(session: string): Promise<void> {
    const { created, end } = this
    const batches = [...this.batches]
    let after = 0
    // Each part of the journal is placed where its own round ended.
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
