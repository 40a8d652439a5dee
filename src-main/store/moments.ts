/**
 * Sessions as they were after any number of their events. Views are kept now and then, so that a moment costs one of them and the few events
 * since; moments that follow one another, as when somebody plays a session or draws the scrub bar, cost the events between them.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import Database from 'better-sqlite3'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection, type SessionView } from '#shared/events/projection.ts'
import { fromJson, toJson } from './event-json.ts'
import type { Store } from './store.ts'

/** Events between two kept views. */
const SNAPSHOT_EVERY = 10_000

/** Bytes that a kept view may have. */
const MOST_VIEW = 2 ** 30

export interface Moment {
  readonly view: SessionView
  /** Events folded into the view. */
  readonly seq: number
  /** Events there are. */
  readonly length: number
}

interface Folded {
  /** Events in it. */
  seq: number
  readonly projection: Projection
}

export class Moments {
  private readonly store: Store
  private last: (Folded & { readonly session: string }) | null = null
  /** Of sessions that run. */
  private readonly live = new Map<string, Folded>()
  private kept: { readonly session: string; readonly seq: number; readonly view: SessionView } | null = null

  constructor(store: Store) {
    this.store = store
  }

  /**
   * Events that were appended to a session that runs: its views are kept as it goes, so that it opens at once when it is opened for the first
   * time. It costs their fold and now and then a view.
   */
  follow(session: string, events: readonly LabEvent[]): void {
    if (events.length === 0) return
    const number = this.store.number(session)
    const before = this.store.length(number) - events.length
    let live = this.live.get(session)
    if (live?.seq !== before) {
      live = { seq: before, projection: before === 0 ? new Projection() : new Projection(this.at(session, before).view) }
      this.live.set(session, live)
    }
    for (const event of events) {
      live.projection.add(event)
      if (++live.seq % SNAPSHOT_EVERY === 0) this.keep(number, live.seq, live.projection.view)
    }
  }

  /** It runs no more. */
  unfollow(session: string): void {
    this.live.delete(session)
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
    this.live.delete(session)
  }

  private nearest(session: string, number: number, wanted: number): Folded {
    const row = this.store.database
      .prepare<[number, number], { seq: number }>('SELECT max(seq) AS seq FROM snapshots WHERE session = ? AND seq <= ?')
      .get(number, wanted)
    const snapshot = row?.seq ?? 0
    const { last } = this
    if (last?.session === session && last.seq <= wanted && last.seq >= snapshot) return last
    const live = this.live.get(session)
    if (live && live.seq <= wanted && live.seq > snapshot) return { seq: live.seq, projection: new Projection(live.projection.view) }
    if (snapshot === 0) return { seq: 0, projection: new Projection() }
    if (this.kept?.session !== session || this.kept.seq !== snapshot) {
      const { view } = this.store.database
        .prepare<[number, number], { view: Uint8Array }>('SELECT view FROM snapshots WHERE session = ? AND seq = ?')
        .get(number, snapshot)!
      const kept = readView(view)
      // It is made of the events, which may be sound.
      if (kept === null) return { seq: 0, projection: new Projection() }
      this.kept = { session, seq: snapshot, view: kept }
    }
    return { seq: snapshot, projection: new Projection(this.kept.view) }
  }

  /** Where it can't be kept, on a full disk, it is folded again another time: nothing is lost that anybody gave. */
  private keep(number: number, seq: number, view: SessionView): void {
    const content = deflateRawSync(toJson(view), { level: 1 })
    try {
      this.store.database.prepare('INSERT OR IGNORE INTO snapshots (session, seq, view) VALUES (?, ?, ?)').run(number, seq, content)
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
    }
  }
}

/** null if it is damaged. */
function readView(content: Uint8Array): SessionView | null {
  try {
    return fromJson(inflateRawSync(content, { maxOutputLength: MOST_VIEW }).toString()) as SessionView
  } catch {
    return null
  }
}
