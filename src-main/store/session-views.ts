/**
 * Views of sessions after any number of their events. A view is stored as a snapshot every so many events, so that any other costs the fold of the
 * events since the last snapshot; views that follow one another, as when somebody plays a session or drags the scrub bar, cost the events between them.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import Database from 'better-sqlite3'
import type { LabEvent } from '#shared/events/event.ts'
import { Projection, type SessionView } from '#shared/events/projection.ts'
import { fromJson, toJson } from './event-json.ts'
import type { Store } from './store.ts'

/** The number of events between two snapshots. */
const SNAPSHOT_EVERY = 10_000

/** The most bytes that a snapshot may have once it is inflated. */
const MOST_VIEW = 2 ** 30

export interface ViewAt {
  readonly view: SessionView
  /** The number of events the session has. */
  readonly length: number
}

interface SessionViewsOptions {
  /** The number of events between two snapshots. @default 10,000 */
  readonly snapshotEvery?: number
}

export class SessionViews {
  private readonly store: Store
  private readonly snapshotEvery: number
  /** The fold behind the view that was asked for last. */
  private last: { readonly session: string; readonly fold: Projection } | null = null
  /** Folds of sessions that run, by session. */
  private readonly live = new Map<string, Projection>()
  /** The snapshot that was read last. */
  private snapshot: { readonly session: string; readonly view: SessionView } | null = null

  constructor(store: Store, { snapshotEvery = SNAPSHOT_EVERY }: SessionViewsOptions = {}) {
    this.store = store
    this.snapshotEvery = snapshotEvery
  }

  /**
   * Takes in events that were appended to a session that runs, and stores its snapshots as it goes, so that the session opens at once when somebody
   * first looks at it.
   */
  follow(session: string, events: readonly LabEvent[]): void {
    if (events.length === 0) return
    const number = this.store.number(session)
    const before = this.store.length(number) - events.length
    let live = this.live.get(session)
    if (live?.seq !== before) {
      live = before === 0 ? new Projection() : new Projection(this.at(session, before).view)
      this.live.set(session, live)
    }
    for (const event of events) {
      live.add(event)
      this.keep(number, live)
    }
  }

  /** Stops following a session that no longer runs. */
  unfollow(session: string): void {
    this.live.delete(session)
  }

  /** @param seq @default after the last event */
  at(session: string, seq?: number): ViewAt {
    const number = this.store.number(session)
    const length = this.store.length(number)
    const wanted = Math.min(Math.max(0, seq ?? length), length)
    const fold = this.nearest(session, number, wanted)
    for (const event of this.store.eventsToFold(session, fold.seq)) {
      if (fold.seq === wanted) break
      fold.add(event)
      this.keep(number, fold)
    }
    this.last = { session, fold }
    return { view: fold.view, length }
  }

  /** Drops all cached views of a session whose events were taken back or removed. */
  forget(session: string): void {
    if (this.last?.session === session) this.last = null
    if (this.snapshot?.session === session) this.snapshot = null
    this.live.delete(session)
  }

  /** Returns the fold at or before `wanted` that needs the fewest events to get there. */
  private nearest(session: string, number: number, wanted: number): Projection {
    const row = this.store.database
      .prepare<[number, number], { seq: number }>('SELECT max(seq) AS seq FROM snapshots WHERE session = ? AND seq <= ?')
      .get(number, wanted)
    const snapshot = row?.seq ?? 0
    const { last } = this
    if (last?.session === session && last.fold.seq <= wanted && last.fold.seq >= snapshot) return last.fold
    const live = this.live.get(session)
    if (live && live.seq <= wanted && live.seq > snapshot) return new Projection(live.view)
    if (snapshot === 0) return new Projection()
    if (this.snapshot?.session !== session || this.snapshot.view.seq !== snapshot) {
      const { view } = this.store.database
        .prepare<[number, number], { view: Uint8Array }>('SELECT view FROM snapshots WHERE session = ? AND seq = ?')
        .get(number, snapshot)!
      const kept = readView(view)
      // A damaged snapshot is ignored, since the events that it was made of may be sound.
      if (kept === null) return new Projection()
      this.snapshot = { session, view: kept }
    }
    return new Projection(this.snapshot.view)
  }

  /**
   * Stores the view of a fold that has come to a multiple of `snapshotEvery`, in place of one that an earlier version stored there. A full disk is no
   * failure: the view can be folded again from the events.
   */
  private keep(number: number, fold: Projection): void {
    if (fold.seq % this.snapshotEvery !== 0) return
    const content = deflateRawSync(toJson(fold.view), { level: 1 })
    try {
      this.store.database.prepare('INSERT OR REPLACE INTO snapshots (session, seq, view) VALUES (?, ?, ?)').run(number, fold.seq, content)
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
    }
  }
}

/** @returns null if the snapshot is damaged, or was stored by a version whose views had no markers */
function readView(content: Uint8Array): SessionView | null {
  try {
    const view = fromJson(inflateRawSync(content, { maxOutputLength: MOST_VIEW }).toString()) as SessionView
    return 'markers' in view ? view : null
  } catch {
    return null
  }
}
