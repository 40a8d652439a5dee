/**
 * Writes one session's events into a store as they come: buffered, and flushed when the session starts, at the end of every round
 * and when it ends, so a crash loses at most one round.
 */
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import type { LabEvent } from '#shared/events/event.ts'
import type { Environment, SessionEnd, Store } from './store.ts'

const FLUSHED_AFTER: ReadonlySet<LabEvent['kind']> = new Set(['session-started', 'round-finished', 'session-finished'])

export class Recorder {
  private readonly store: Store
  private readonly now: () => Date
  private session: string | null = null
  private ended = false
  private buffer: LabEvent[] = []

  /** @param now @default the system's clock */
  constructor(store: Store, now = (): Date => new Date()) {
    this.store = store
    this.now = now
  }

  record(event: LabEvent): void {
    this.buffer.push(event)
    if (event.kind === 'session-started') this.begin(event)
    if (FLUSHED_AFTER.has(event.kind) || this.ended) this.flush()
    if (event.kind === 'session-finished') this.end({ state: event.stoppedBy === 'interrupted' ? 'interrupted' : 'finished' })
  }

  /** Keeps what there is of a session that broke off. A session that never started leaves no trace. */
  fail(error: unknown): void {
    if (this.session === null || this.ended) return
    this.flush()
    this.end({ state: 'failed', error: error instanceof Error ? error.message : String(error) })
  }

  private begin({ session, scenario }: LabEvent & { kind: 'session-started' }): void {
    const { name, seed, method } = scenario
    const [startedAt, environment] = [this.now().toISOString(), describeEnvironment()]
    this.store.createSession({ id: session, name, method: method.kind, seed, scenario, startedAt, environment })
    this.session = session
  }

  private flush(): void {
    if (this.session === null) return
    this.store.append(this.session, this.buffer)
    this.buffer = []
  }

  private end(end: Omit<SessionEnd, 'endedAt'>): void {
    if (this.session === null) return
    this.store.finish(this.session, { ...end, endedAt: this.now().toISOString() })
    this.ended = true
  }
}

/** No names of machine or user: stores are passed on. */
function describeEnvironment(): Environment {
  const processor = cpus()[0]?.model.trim() ?? 'unknown'
  return {
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    processor,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  }
}
