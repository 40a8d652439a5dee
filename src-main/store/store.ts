/** Sessions and their events in one SQLite file. Several processes may have it open; each session has one writer. */
import type { Database, Statement } from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { type WrittenEvent, readEvent, readEventToFold, writeEvent } from './event-json.ts'
import type { StoredReplica, NewSession, SessionEnd, SessionRow, StoredSession, Written, Environment } from './kept-session.ts'
import { KeptProgress } from './kept-progress.ts'
import { OwnFile } from './own-file.ts'
import { THIS_PROCESS, stillRuns } from '#main/machine/process-identity.ts'

const EVENTS_PER_READ = 256

/** Sessions that this process writes now. One whose end couldn't be written belongs to nobody all the same. */
const writing = new Set<string>()

const LAST = (field: string, kind: string): string =>
  `(SELECT event ->> '${field}' FROM events WHERE session = number AND kind = '${kind}' ORDER BY seq DESC LIMIT 1)`

const ROW = `number, id, name, method, seed, started_at AS startedAt, ended_at AS endedAt, state, error, tags, notes, writer,
  coalesce(${LAST('round', 'round-finished')}, 0) AS rounds, ${LAST('accuracy', 'evaluated')} AS accuracy,
  EXISTS (SELECT 1 FROM journal WHERE session = number) AS recorded`

type RawRow = Omit<SessionRow, 'tags' | 'running' | 'resumable'> & { number: number; tags: string; writer: string | null; recorded: 0 | 1 }

export class Store {
  readonly database: Database
  private readonly progress: KeptProgress
  private readonly file: OwnFile
  private readonly insertEvent: Statement<[session: number, kind: string, event: string, bulk: Uint8Array | null, session: number]>
  private readonly selectEvents: Statement<[session: number, from: number, limit: number], WrittenEvent>

  /** @param database migrated to the newest version */
  constructor(database: Database) {
    this.database = database
    this.progress = new KeptProgress(database)
    this.file = new OwnFile(database)
    this.insertEvent = database.prepare(
      'INSERT INTO events (session, seq, kind, event, bulk) SELECT ?, coalesce(max(seq) + 1, 0), ?, ?, ? FROM events WHERE session = ?',
    )
    this.selectEvents = database.prepare('SELECT event AS text, bulk FROM events WHERE session = ? AND seq >= ? ORDER BY seq LIMIT ?')
  }

  createSession({ id, name, method, seed, scenario, profiles, startedAt, environment }: NewSession): void {
    writing.add(id)
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

  /** Appends all events or none. @throws InputError for an unknown session, as do all that name one */
  append(sessionId: string, events: readonly LabEvent[]): void {
    this.write(sessionId, { events })
  }

  /** Writes all of it or nothing. @throws StoreTrouble if the file is gone */
  write(sessionId: string, { created, events, journal = [], checkpoints = [], end }: Written): void {
    if (end) writing.delete(sessionId)
    this.file.check()
    const write = this.database.transaction(() => {
      if (created) this.createSession(created)
      const session = this.number(sessionId)
      for (const event of events) {
        const { text, bulk } = writeEvent(event)
        this.insertEvent.run(session, event.kind, text, bulk, session)
      }
      const length = this.length(session)
      this.progress.write(session, { before: length - events.length, events: length }, journal, checkpoints)
      if (end) this.end(session, end)
    })
    write.immediate()
    // No later write would notice that the file is gone.
    if (end) this.file.check()
  }

  /** A session whose last events are kept already is over. */
  finish(sessionId: string, end: SessionEnd): void {
    this.write(sessionId, { events: [], end })
  }

  /** Lists sessions in the order of their creation. @param search words that must all be in id, name, method, state, tags or notes @default all */
  sessions(search = ''): SessionRow[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean)
    const text = `lower(id || ' ' || name || ' ' || method || ' ' || state || ' ' || tags || ' ' || notes)`
    const where = words.map(() => `AND instr(${text}, ?) > 0`).join(' ')
    const rows = this.database.prepare<string[], RawRow>(`SELECT ${ROW} FROM sessions WHERE true ${where} ORDER BY number`).all(...words)
    return rows.map(sessionRow)
  }

  session(id: string): StoredSession {
    const number = this.number(id)
    type Texts = RawRow & { scenario: string; environment: string; profiles: string | null }
    const row = this.database
      .prepare<[number], Texts>(`SELECT ${ROW}, scenario, environment, profiles FROM sessions WHERE number = ?`)
      .get(number)!
    return {
      ...sessionRow(row),
      scenario: JSON.parse(row.scenario) as Scenario,
      profiles: row.profiles === null ? null : (JSON.parse(row.profiles) as Catalogue),
      environment: JSON.parse(row.environment) as Environment,
      length: this.length(number),
    }
  }

  describe(id: string, { tags, notes }: { readonly tags?: readonly string[] | undefined; readonly notes?: string | undefined }): void {
    const number = this.number(id)
    if (tags) this.database.prepare('UPDATE sessions SET tags = ? WHERE number = ?').run(JSON.stringify([...new Set(tags)]), number)
    if (notes !== undefined) this.database.prepare('UPDATE sessions SET notes = ? WHERE number = ?').run(notes, number)
  }

  /** Iterates over events in order. They are read piece by piece, so that no writer is held up and events appended meanwhile are seen. */
  *events(sessionId: string, from = 0): Iterable<LabEvent> {
    yield* this.read(this.number(sessionId), from, readEvent)
  }

  /** Iterates like `events`, without the parts that no view shows. */
  *eventsToFold(sessionId: string, from = 0): Iterable<LabEvent> {
    yield* this.read(this.number(sessionId), from, readEventToFold)
  }

  eventsFrom(sessionId: string, from: number, limit: number): LabEvent[] {
    return this.selectEvents.all(this.number(sessionId), from, limit).map(readEvent)
  }

  /** The event of a kind that names this round, the last if there are several; found by halving, since rounds follow one another. */
  eventOfRound<K extends LabEvent['kind']>(sessionId: string, kind: K, round: number): Extract<LabEvent, { kind: K }> | null {
    const session = this.number(sessionId)
    const ofKind = 'FROM events INDEXED BY events_by_kind WHERE session = ? AND kind = ?'
    const count = this.database.prepare<[number, string], number>(`SELECT count(*) ${ofKind}`).pluck().get(session, kind)!
    const nth = this.database.prepare<[number, string, number], WrittenEvent & { round: number }>(
      `SELECT event AS text, bulk, event ->> 'round' AS round ${ofKind} ORDER BY seq LIMIT 1 OFFSET ?`,
    )
    let [before, after] = [0, count]
    while (before < after) {
      const middle = (before + after) >> 1
      if (nth.get(session, kind, middle)!.round > round) after = middle
      else before = middle + 1
    }
    const found = before === 0 ? undefined : nth.get(session, kind, before - 1)
    return found?.round === round ? (readEvent(found) as Extract<LabEvent, { kind: K }>) : null
  }

  /** Returns all events of some kinds, in order. */
  eventsOfKinds(sessionId: string, kinds: readonly LabEvent['kind'][]): LabEvent[] {
    return this.database
      .prepare<string[], WrittenEvent>(
        `SELECT event AS text, bulk FROM events INDEXED BY events_by_kind
         WHERE session = ? AND kind IN (${kinds.map(() => '?').join(', ')}) ORDER BY +seq`,
      )
      .all(String(this.number(sessionId)), ...kinds)
      .map(readEvent)
  }

  checkpoint(sessionId: string, kind: StoredReplica['kind']): StoredReplica | null {
    return this.progress.checkpoint(this.number(sessionId), kind)
  }

  /** Returns the number of parts, and the seconds that the session had run. */
  journal(sessionId: string): { parts: number; wallSeconds: number } {
    return this.progress.journal(this.number(sessionId))
  }

  /** The answers of a part, counted from 0. */
  journalPart(sessionId: string, part: number): Uint8Array {
    return this.progress.answers(this.number(sessionId), part)
  }

  /** Events until the last part of the journal; null without one. */
  journalLength(sessionId: string): number | null {
    return this.progress.length(this.number(sessionId))
  }

  /** Claims the session for this process, which writes it from now on. @throws InputError if another one does */
  claim(id: string): void {
    const number = this.number(id)
    const claim = this.database.transaction(() => {
      this.refuseRunning(id)
      this.database
        .prepare("UPDATE sessions SET writer = ?, state = 'unfinished', ended_at = NULL, error = NULL WHERE number = ?")
        .run(THIS_PROCESS, number)
    })
    claim.immediate()
    writing.add(id)
  }

  /** Takes the last events back, and what was made of them. */
  cut(id: string, length: number): void {
    const number = this.number(id)
    const cut = this.database.transaction(() => {
      this.cutEvents(number, length)
      this.database.prepare('DELETE FROM snapshots WHERE session = ? AND seq > ?').run(number, length)
      this.progress.cut(number, length)
    })
    cut.immediate()
  }

  /** Takes sessions out with all that belongs to them and gives their room back. @throws InputError if one of them runs; then none is removed */
  remove(ids: readonly string[]): void {
    const remove = this.database.transaction(() => {
      for (const id of ids) {
        this.refuseRunning(id)
        const number = this.number(id)
        this.cutEvents(number, 0)
        this.database.prepare('DELETE FROM snapshots WHERE session = ?').run(number)
        this.progress.remove(number)
        this.database.prepare('DELETE FROM sessions WHERE number = ?').run(number)
      }
    })
    remove.immediate()
    this.giveRoomBack()
  }

  close(): void {
    this.database.close()
  }

  has(id: string): boolean {
    return this.database.prepare<[string], { number: number }>('SELECT number FROM sessions WHERE id = ?').get(id) !== undefined
  }

  /** Returns the session's number among the rows. */
  number(id: string): number {
    const row = this.database.prepare<[string], { number: number }>('SELECT number FROM sessions WHERE id = ?').get(id)
    if (!row) throw new InputError('session', `"${id}"`, 'an id that the sessions command lists')
    return row.number
  }

  length(number: number): number {
    return this.database
      .prepare<[number], { length: number }>('SELECT coalesce(max(seq) + 1, 0) AS length FROM events WHERE session = ?')
      .get(number)!.length
  }

  private *read(session: number, from: number, decode: (written: WrittenEvent) => LabEvent): Iterable<LabEvent> {
    let next = from
    for (;;) {
      const rows = this.selectEvents.all(session, next, EVENTS_PER_READ)
      for (const row of rows) yield decode(row)
      if (rows.length < EVENTS_PER_READ) return
      next += rows.length
    }
  }

  /** Must be called within a transaction. A finished session needs nothing to be resumed any more. */
  private end(session: number, { state, endedAt, error }: SessionEnd): void {
    this.database
      .prepare('UPDATE sessions SET state = ?, ended_at = ?, error = ?, writer = NULL WHERE number = ?')
      .run(state, endedAt, error ?? null, session)
    if (state === 'finished') this.progress.finish(session)
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

  /** Stores of early versions are rewritten once, so that from then on free pages can be cut off. Where somebody reads, room is only reused. */
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

function sessionRow(row: RawRow): SessionRow {
  const { id, name, method, seed, startedAt, endedAt, state, error, rounds, accuracy, notes, writer } = row
  const running = writer !== null && isWritten(id, writer)
  const tags = JSON.parse(row.tags) as string[]
  const resumable = row.recorded === 1 && state !== 'finished' && !running
  return { id, name, method, seed, startedAt, endedAt, state, error, rounds, accuracy, tags, notes, running, resumable }
}

function isWritten(id: string, writer: string): boolean {
  return writer === THIS_PROCESS ? writing.has(id) : stillRuns(writer)
}
