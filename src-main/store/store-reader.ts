/** Reads sessions and their events from one SQLite file. */
import type { Database, Statement } from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Catalogue } from '#shared/scenario/catalogue.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { type WrittenEvent, readEvent, readEventToFold } from './event-json.ts'
import { ResumeTables } from './resume-tables.ts'
import type { Environment, StoredReplica, SessionRow, StoredSession } from './session-data.ts'
import { isWritten } from './session-writers.ts'

const EVENTS_PER_READ = 256

const LAST = (field: string, kind: string): string =>
  `(SELECT event ->> '${field}' FROM events WHERE session = number AND kind = '${kind}' ORDER BY seq DESC LIMIT 1)`

const ROW = `number, id, name, method, seed, started_at AS startedAt, ended_at AS endedAt, state, error, tags, notes, writer,
  coalesce(${LAST('round', 'round-finished')}, 0) AS rounds, ${LAST('accuracy', 'evaluated')} AS accuracy,
  EXISTS (SELECT 1 FROM journal WHERE session = number) AS recorded`

type RawRow = Omit<SessionRow, 'tags' | 'running' | 'resumable'> & { number: number; tags: string; writer: string | null; recorded: 0 | 1 }

/** Every method that names a session throws an InputError for an unknown one. */
export class StoreReader {
  readonly database: Database
  protected readonly resumeTables: ResumeTables
  private readonly selectEvents: Statement<[session: number, from: number, limit: number], WrittenEvent>

  /** @param database migrated */
  constructor(database: Database) {
    this.database = database
    this.resumeTables = new ResumeTables(database)
    this.selectEvents = database.prepare('SELECT event AS text, bulk FROM events WHERE session = ? AND seq >= ? ORDER BY seq LIMIT ?')
  }

  /** Returns sessions in the order of their creation. @param search words that must all be in id, name, method, state, tags or notes @default all */
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

  /** Returns the events in order. They are read in pieces, so that writers aren't blocked, and events that are appended meanwhile are included. */
  *events(sessionId: string, from = 0): Iterable<LabEvent> {
    yield* this.read(this.number(sessionId), from, readEvent)
  }

  /** Returns events like `events`, without the parts that no view shows. */
  *eventsToFold(sessionId: string, from = 0): Iterable<LabEvent> {
    yield* this.read(this.number(sessionId), from, readEventToFold)
  }

  eventsFrom(sessionId: string, from: number, limit: number): LabEvent[] {
    return this.selectEvents.all(this.number(sessionId), from, limit).map(readEvent)
  }

  /** Returns the last event of a kind that names this round, by binary search, since rounds follow one another; null if there is none. */
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
    return this.resumeTables.checkpoint(this.number(sessionId), kind)
  }

  /** Returns the number of parts of the journal, and the seconds that the session had run. */
  journal(sessionId: string): { parts: number; wallSeconds: number } {
    return this.resumeTables.journal(this.number(sessionId))
  }

  /** Returns the answers in one part of the journal. @param part counted from 0 */
  journalPart(sessionId: string, part: number): Uint8Array {
    return this.resumeTables.answers(this.number(sessionId), part)
  }

  /** Returns the number of events up to the last part of the journal; null if there is no journal. */
  journalLength(sessionId: string): number | null {
    return this.resumeTables.length(this.number(sessionId))
  }

  has(id: string): boolean {
    return this.database.prepare<[string], { number: number }>('SELECT number FROM sessions WHERE id = ?').get(id) !== undefined
  }

  /** Returns the number of a session's row. */
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
}

function sessionRow(row: RawRow): SessionRow {
  const { id, name, method, seed, startedAt, endedAt, state, error, rounds, accuracy, notes, writer } = row
  const running = writer !== null && isWritten(id, writer)
  const tags = JSON.parse(row.tags) as string[]
  const resumable = row.recorded === 1 && state !== 'finished' && !running
  return { id, name, method, seed, startedAt, endedAt, state, error, rounds, accuracy, tags, notes, running, resumable }
}
