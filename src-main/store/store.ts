/** Sessions and their events in one SQLite file. Several processes may have it open; each session has one writer. */
import type { Database, Statement } from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { readEvent, writeEvent } from './event-json.ts'

/** What a session ran on, e.g. versions and processor. */
export type Environment = Readonly<Record<string, string | number>>

export interface NewSession {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly scenario: Scenario
  /** ISO 8601, UTC; so are all times here. */
  readonly startedAt: string
  readonly environment: Environment
}

export interface SessionEnd {
  readonly state: 'finished' | 'interrupted' | 'failed'
  readonly endedAt: string
  /** Why it failed, as a sentence. */
  readonly error?: string
}

export interface SessionRow {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly seed: number
  readonly startedAt: string
  readonly endedAt: string | null
  /** unfinished: it runs, or its process was ended. */
  readonly state: SessionEnd['state'] | 'unfinished'
  readonly error: string | null
  /** Finished rounds. */
  readonly rounds: number
  /** The last one measured. */
  readonly accuracy: number | null
}

export interface StoredSession extends SessionRow {
  readonly scenario: Scenario
  readonly environment: Environment
}

const EVENTS_PER_READ = 256

const LAST = (field: string, kind: string): string =>
  `(SELECT event ->> '${field}' FROM events WHERE session = number AND kind = '${kind}' ORDER BY seq DESC LIMIT 1)`

const ROW = `id, name, method, seed, started_at AS startedAt, ended_at AS endedAt, state, error,
  coalesce(${LAST('round', 'round-finished')}, 0) AS rounds, ${LAST('accuracy', 'evaluated')} AS accuracy`

export class Store {
  private readonly database: Database
  private readonly insertEvent: Statement<[session: number, kind: string, event: string, session: number]>
  private readonly selectEvents: Statement<[session: number, from: number], { event: string }>

  /** @param database migrated */
  constructor(database: Database) {
    this.database = database
    this.insertEvent = database.prepare(
      'INSERT INTO events (session, seq, kind, event) SELECT ?, coalesce(max(seq) + 1, 0), ?, ? FROM events WHERE session = ?',
    )
    this.selectEvents = database.prepare(`SELECT event FROM events WHERE session = ? AND seq >= ? ORDER BY seq LIMIT ${EVENTS_PER_READ}`)
  }

  createSession({ id, name, method, seed, scenario, startedAt, environment }: NewSession): void {
    this.database
      .prepare('INSERT INTO sessions (id, name, method, seed, scenario, environment, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(id, name, method, seed, JSON.stringify(scenario), JSON.stringify(environment), startedAt)
  }

  /** All of them or none. @throws InputError for an unknown session, as do all that name one */
  append(sessionId: string, events: readonly LabEvent[]): void {
    const session = this.number(sessionId)
    const insert = this.database.transaction(() => {
      for (const event of events) this.insertEvent.run(session, event.kind, writeEvent(event), session)
    })
    insert.immediate()
  }

  finish(sessionId: string, { state, endedAt, error }: SessionEnd): void {
    this.database
      .prepare('UPDATE sessions SET state = ?, ended_at = ?, error = ? WHERE number = ?')
      .run(state, endedAt, error ?? null, this.number(sessionId))
  }

  /** In the order they were created. */
  sessions(): SessionRow[] {
    return this.database.prepare<[], SessionRow>(`SELECT ${ROW} FROM sessions ORDER BY number`).all()
  }

  session(id: string): StoredSession {
    const number = this.number(id)
    type Texts = SessionRow & { scenario: string; environment: string }
    const row = this.database.prepare<[number], Texts>(`SELECT ${ROW}, scenario, environment FROM sessions WHERE number = ?`).get(number)!
    return { ...row, scenario: JSON.parse(row.scenario) as Scenario, environment: JSON.parse(row.environment) as Environment }
  }

  /** In order. Read bit by bit, so it holds up no writer and sees what is appended meanwhile. */
  *events(sessionId: string): Iterable<LabEvent> {
    const session = this.number(sessionId)
    let from = 0
    for (;;) {
      const rows = this.selectEvents.all(session, from)
      for (const { event } of rows) yield readEvent(event)
      if (rows.length < EVENTS_PER_READ) return
      from += rows.length
    }
  }

  close(): void {
    this.database.close()
  }

  private number(id: string): number {
    const row = this.database.prepare<[string], { number: number }>('SELECT number FROM sessions WHERE id = ?').get(id)
    if (!row) throw new InputError('session', `"${id}"`, 'an id that the sessions command lists')
    return row.number
  }
}
