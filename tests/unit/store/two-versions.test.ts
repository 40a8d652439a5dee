/** A store of the first schema that a host of that version has open, and writes to, while this version opens it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { APPLICATION_ID } from '#main/store/inspect-file.ts'
import { MIGRATIONS, migrate, schemaVersion } from '#main/store/migrations/migrate.ts'
import { openStore } from '#main/store/open-store.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { scenario } from './sample-session.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'two-versions-'))
  path = join(folder, 'lab.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** As the first version had it: its statements name the columns that there were. */
class OldHost {
  readonly database = new Database(path)
  private round = 0

  constructor() {
    this.database.pragma(`application_id = ${APPLICATION_ID}`)
    this.database.pragma('journal_mode = WAL')
    migrate(this.database, MIGRATIONS.slice(0, 1))
    this.database
      .prepare('INSERT INTO sessions (id, name, method, seed, scenario, environment, started_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run('a', 'x', 'cooper', 7, JSON.stringify(scenario), '{}', '2026-01-01T00:00:00.000Z')
  }

  append(): void {
    const event = { kind: 'round-finished', round: ++this.round, virtualSeconds: this.round }
    this.database
      .prepare('INSERT INTO events (session, seq, kind, event) SELECT 1, coalesce(max(seq) + 1, 0), ?, ? FROM events WHERE session = 1')
      .run(event.kind, JSON.stringify(event))
  }

  finish(): void {
    this.database.prepare("UPDATE sessions SET state = 'finished', ended_at = ? WHERE id = 'a'").run('2026-01-01T01:00:00.000Z')
  }
}

const roundsIn = (store: ReturnType<typeof openStore>): number[] =>
  [...store.events('a')].map((event) => ('round' in event ? event.round! : NaN))

it('is left as it is, and refused in one line, while the older host is in the middle of a write', { timeout: 60_000 }, () => {
  const old = new OldHost()
  old.append()
  old.database.exec('BEGIN IMMEDIATE')
  old.append()
  let told: unknown
  try {
    openStore(path).close()
  } catch (error) {
    told = error
  }
  expect(told).toBeInstanceOf(InputError)
  expect((told as Error).message).toMatch(/lab\.db: database is locked; expected [^\n]+$/)
  expect(schemaVersion(old.database)).toBe(1)
  old.database.exec('COMMIT')
  const store = openStore(path)
  expect(roundsIn(store)).toEqual([1, 2])
  store.close()
  old.database.close()
})

it('is brought to the newest schema between its writes, and both go on without losing any', () => {
  const old = new OldHost()
  old.append()
  const store = openStore(path)
  expect(schemaVersion(store.database)).toBe(MIGRATIONS.length)
  old.append()
  store.write('b', {
    created: { id: 'b', name: 'y', method: 'cooper', seed: 8, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} },
    events: [],
  })
  old.append()
  old.finish()
  old.database.close()
  expect(roundsIn(store)).toEqual([1, 2, 3])
  expect(store.sessions().map(({ id, state }) => `${id} ${state}`)).toEqual(expect.arrayContaining(['a finished', 'b unfinished']))
  expect(store.database.pragma('integrity_check', { simple: true })).toBe('ok')
  store.close()
  const again = openStore(path)
  expect(roundsIn(again)).toEqual([1, 2, 3])
  again.close()
})
