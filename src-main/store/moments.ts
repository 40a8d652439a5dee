/**
 * Sessions as they were after any number of their events. Views are kept now and then, so that a moment costs one of them and the few events
 * since; moments that follow one another, as when somebody plays a session or draws the scrub bar, cost the events between them.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Projection, type SessionView } from '#shared/events/projection.ts'
import { fromJson, toJson } from './event-json.ts'
import type { Store } from './store.ts'

/** Events between two kept views. */
const SNAPSHOT_EVERY = 10_000

export interface Moment {
  readonly view: SessionView
  /** Events folded into the view. */
  readonly seq: number
  /** Events there are. */
  readonly length: number
}

export class Moments {
  private readonly store: Store
  private last: { readonly session: string; seq: number; readonly projection: Projection } | null = null
  private kept: { readonly session: string; readonly seq: number; readonly view: SessionView } | null = null

  constructor(store: Store) {
    this.store = store
  }

  /** @param seq @default after the last event */
  at(session: string, seq?: number): Moment {
    const number = this.store.number(session)
    const length = this.store.length(number)
    const wanted = Math.min(Math.max(0, seq ?? length), length)
    const from = this.nearest(session, number, wanted)
    let done = from.seq
    for (const event of this.store.eventsToFold(session, done)) {
      if (done === wanted) break
      from.projection.add(event)
      if (++done % SNAPSHOT_EVERY === 0) this.keep(number, done, from.projection.view)
    }
    this.last = { session, seq: done, projection: from.projection }
    return { view: from.projection.view, seq: done, length }
  }

  /** What was remembered of a session may no longer be true. */
  forget(session: string): void {
    if (this.last?.session === session) this.last = null
    if (this.kept?.session === session) this.kept = null
  }

  private nearest(session: string, number: number, wanted: number): { seq: number; projection: Projection } {
    const row = this.store.database
      .prepare<[number, number], { seq: number }>('SELECT max(seq) AS seq FROM snapshots WHERE session = ? AND seq <= ?')
      .get(number, wanted)
    const snapshot = row?.seq ?? 0
    const { last } = this
    if (last?.session === session && last.seq <= wanted && last.seq >= snapshot) return last
    if (snapshot === 0) return { seq: 0, projection: new Projection() }
    if (this.kept?.session !== session || this.kept.seq !== snapshot) {
      const { view } = this.store.database
        .prepare<[number, number], { view: Uint8Array }>('SELECT view FROM snapshots WHERE session = ? AND seq = ?')
        .get(number, snapshot)!
      this.kept = { session, seq: snapshot, view: fromJson(inflateRawSync(view).toString()) as SessionView }
    }
    return { seq: snapshot, projection: new Projection(this.kept.view) }
  }

  private keep(number: number, seq: number, view: SessionView): void {
    const content = deflateRawSync(toJson(view), { level: 1 })
    this.store.database.prepare('INSERT OR IGNORE INTO snapshots (session, seq, view) VALUES (?, ?, ?)').run(number, seq, content)
  }
}
