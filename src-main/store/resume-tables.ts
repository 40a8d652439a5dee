/**
 * The tables `journal` and `checkpoints`: what a session needs to be resumed, which is the answers of its workers and the newest state of a
 * replica.
 */
import type { Database } from 'better-sqlite3'
import type { StoredReplica, JournalPart } from './session-data.ts'

/** Every `session` here is the number of its row in the table `sessions`. */
export class ResumeTables {
  private readonly database: Database

  constructor(database: Database) {
    this.database = database
  }

  /**
   * Must be called within a transaction.
   * @param before the number of events before the present write @param events the number of events after it
   */
  write(
    session: number,
    { before, events }: { readonly before: number; readonly events: number },
    journal: readonly JournalPart[],
    checkpoints: readonly StoredReplica[],
  ): void {
    for (const { wallSeconds, answers, after = events - before } of journal) {
      this.database
        .prepare(
          `INSERT INTO journal (session, part, events, wall_seconds, answers)
           SELECT ?, (SELECT coalesce(max(part) + 1, 0) FROM journal WHERE session = ?), ?, ?, ?`,
        )
        .run(session, session, before + after, wallSeconds, answers)
    }
    for (const { kind, round, position, content } of checkpoints) {
      this.database
        .prepare('INSERT OR REPLACE INTO checkpoints (session, kind, round, position, content) VALUES (?, ?, ?, ?, ?)')
        .run(session, kind, round, position, content)
    }
  }

  journal(session: number): { parts: number; wallSeconds: number } {
    return this.database
      .prepare<[number], { parts: number; wallSeconds: number }>(
        'SELECT count(*) AS parts, coalesce(max(wall_seconds), 0) AS wallSeconds FROM journal WHERE session = ?',
      )
      .get(session)!
  }

  answers(session: number, part: number): Uint8Array {
    return this.database
      .prepare<[number, number], Uint8Array>('SELECT answers FROM journal WHERE session = ? AND part = ?')
      .pluck()
      .get(session, part)!
  }

  /** Returns the number of events up to the last part of the journal; null if there is no journal. */
  length(session: number): number | null {
    return this.database
      .prepare<[number], { length: number | null }>('SELECT max(events) AS length FROM journal WHERE session = ?')
      .get(session)!.length
  }

  checkpoint(session: number, kind: StoredReplica['kind']): StoredReplica | null {
    return (
      this.database
        .prepare<[number, string], StoredReplica>('SELECT kind, round, position, content FROM checkpoints WHERE session = ? AND kind = ?')
        .get(session, kind) ?? null
    )
  }

  /** Removes the parts of the journal that came after so many events. */
  cut(session: number, events: number): void {
    this.database.prepare('DELETE FROM journal WHERE session = ? AND events > ?').run(session, events)
  }

  /** Removes what only resuming needs from a session that is over; the trained parameters stay. */
  finish(session: number): void {
    this.database.prepare('DELETE FROM journal WHERE session = ?').run(session)
    this.database.prepare("DELETE FROM checkpoints WHERE session = ? AND kind = 'state'").run(session)
  }

  remove(session: number): void {
    this.database.prepare('DELETE FROM journal WHERE session = ?').run(session)
    this.database.prepare('DELETE FROM checkpoints WHERE session = ?').run(session)
  }
}
