/** Sessions and their events in one SQLite file. Several processes may have it open; each session has one writer. */
import type { Database, Statement } from 'better-sqlite3'
import { THIS_PROCESS } from '#main/machine/process-identity.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { writeEvent } from './event-json.ts'
import type { NewSession, SessionEnd, Written } from './session-data.ts'
import { OwnFile } from './own-file.ts'
import { beginWriting, endWriting, isWritten } from './session-writers.ts'
import { StoreReader } from './store-reader.ts'

export class Store extends StoreReader {
  private readonly file: OwnFile
  private readonly insertEvent: Statement<[session: number, kind: string, event: string, bulk: Uint8Array | null, session: number]>

  /** @param database migrated to the newest version */
  constructor(database: Database) {
    super(database)
    this.file = new OwnFile(database)
    this.insertEvent = database.prepare(
      'INSERT INTO events (session, seq, kind, event, bulk) SELECT ?, coalesce(max(seq) + 1, 0), ?, ?, ? FROM events WHERE session = ?',
    )
  }

  createSession({ id, name, method, seed, scenario, profiles, startedAt, environment }: NewSession): void {
    beginWriting(id)
    this.database
      .prepare(
        'INSERT INTO sessions (id, name, method, seed, scenario, profiles, environment, started_at, writer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        id,
        name,
        method,
        seed,
        JSON.stringify(scenario),
        profiles ? JSON.stringify(profiles) : null,
        JSON.stringify(environment),
        startedAt,
        THIS_PROCESS,
      )
  }

  /** Appends all events or none. @throws InputError for an unknown session, as all methods that name one */
  append(sessionId: string, events: readonly LabEvent[]): void {
    this.write(sessionId, { events })
  }

  /** Writes all of it or nothing. @throws StoreTrouble if the file is gone */
  write(sessionId: string, { created, events, journal = [], checkpoints = [], end }: Written): void {
    if (end) endWriting(sessionId)
    this.file.check()
    const write = this.database.transaction(() => {
      if (created) this.createSession(created)
      const session = this.number(sessionId)
      for (const event of events) {
        const { text, bulk } = writeEvent(event)
        this.insertEvent.run(session, event.kind, text, bulk, session)
      }
      const length = this.length(session)
      this.resumeTables.write(session, { before: length - events.length, events: length }, journal, checkpoints)
      if (end) this.end(session, end)
    })
    write.immediate()
    // No later write would notice that the file is gone.
    if (end) this.file.check()
  }

  /** Ends a session whose last events are stored already. */
  finish(sessionId: string, end: SessionEnd): void {
    this.write(sessionId, { events: [], end })
  }

  describe(id: string, { tags, notes }: { readonly tags?: readonly string[] | undefined; readonly notes?: string | undefined }): void {
    const number = this.number(id)
    if (tags) this.database.prepare('UPDATE sessions SET tags = ? WHERE number = ?').run(JSON.stringify([...new Set(tags)]), number)
    if (notes !== undefined) this.database.prepare('UPDATE sessions SET notes = ? WHERE number = ?').run(notes, number)
  }

  /** Makes this process the writer of the session. @throws InputError if another process is */
  claim(id: string): void {
    const number = this.number(id)
    const claim = this.database.transaction(() => {
      this.refuseRunning(id)
      this.database
        .prepare("UPDATE sessions SET writer = ?, state = 'unfinished', ended_at = NULL, error = NULL WHERE number = ?")
        .run(THIS_PROCESS, number)
    })
    claim.immediate()
    beginWriting(id)
  }

  /** Removes the events after the first `length`, and what was made from them. */
  cut(id: string, length: number): void {
    const number = this.number(id)
    const cut = this.database.transaction(() => {
      this.cutEvents(number, length)
      this.database.prepare('DELETE FROM snapshots WHERE session = ? AND seq > ?').run(number, length)
      this.resumeTables.cut(number, length)
    })
    cut.immediate()
  }

  /** Removes sessions with all that belongs to them and gives their room back. @throws InputError if one of them runs; then none is removed */
  remove(ids: readonly string[]): void {
    const remove = this.database.transaction(() => {
      for (const id of ids) {
        this.refuseRunning(id)
        const number = this.number(id)
        this.cutEvents(number, 0)
        this.database.prepare('DELETE FROM snapshots WHERE session = ?').run(number)
        this.resumeTables.remove(number)
        this.database.prepare('DELETE FROM sessions WHERE number = ?').run(number)
      }
    })
    remove.immediate()
    this.giveRoomBack()
  }

  close(): void {
    this.database.close()
  }

  /** Must be called within a transaction. A finished session loses what only resuming needs. */
  private end(session: number, { state, endedAt, error }: SessionEnd): void {
    this.database
      .prepare('UPDATE sessions SET state = ?, ended_at = ?, error = ?, writer = NULL WHERE number = ?')
      .run(state, endedAt, error ?? null, session)
    if (state === 'finished') this.resumeTables.finish(session)
  }

  /** Must be called within a transaction. Nothing else may delete events. */
  private cutEvents(number: number, first: number): void {
    this.database.prepare('INSERT INTO cuts (session, first) VALUES (?, ?)').run(number, first)
    this.database.prepare('DELETE FROM events WHERE session = ? AND seq >= ?').run(number, first)
    this.database.prepare('DELETE FROM cuts WHERE session = ?').run(number)
  }

  private refuseRunning(id: string): void {
    const row = this.database.prepare<[string], { writer: string | null }>('SELECT writer FROM sessions WHERE id = ?').get(id)
    if (!row?.writer || !isWritten(id, row.writer)) return
    throw new InputError('session', `"${id}", which process ${row.writer.split(' ')[0]} runs now`, 'a session that has ended')
  }

  /** Cuts free pages off the file, after rewriting a store of an early version once. While another process reads, the room is only reused later. */
  private giveRoomBack(): void {
    try {
      if (this.database.pragma('auto_vacuum', { simple: true }) !== INCREMENTAL) {
        this.database.pragma(`auto_vacuum = ${INCREMENTAL}`)
        this.database.exec('VACUUM')
      }
      this.database.pragma('incremental_vacuum')
      this.database.pragma('wal_checkpoint(TRUNCATE)')
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    }
  }
}

/** The value of `PRAGMA auto_vacuum` for incremental vacuum. */
export const INCREMENTAL = 2
