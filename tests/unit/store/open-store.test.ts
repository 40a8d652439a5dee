import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MIGRATIONS, migrate } from '#main/store/migrations/migrate.ts'
import { openDefaultStore, openStore } from '#main/store/open-store.ts'
import { explained } from '#main/store/wrong-content.ts'
import { perfettoTrace } from '#main/lab/export/perfetto-trace.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { sampleSession, scenario } from './sample-session.ts'

let folder = ''
let path = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-store-'))
  path = join(folder, 'lab.db')
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true, force: true })
})

/** A store with one session, all in its main file. */
function madeStore(): void {
  const store = openStore(path)
  const about = { id: 'a', name: 'x', method: 'cooper', seed: 1, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
  store.createSession(about)
  for (let i = 0; i < 10; i++) store.append('a', sampleSession('a', 5))
  store.close()
}

function change(sql: string): void {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** The line with which `path` is refused, after a look that nothing in its folder has changed. */
function refusal(where = path): string {
  const content = () => readdirSync(folder).map((name) => `${name} ${name === 'folder' ? '' : digest(join(folder, name))}`)
  const before = content()
  let line = 'opened'
  try {
    openStore(where).close()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    line = (error as InputError).message
  }
  expect(content()).toEqual(before)
  return line.replaceAll(folder, 'FOLDER')
}

describe('openStore', () => {
  it.each(['', 'an empty file'])('makes a store where there is none %s', (file) => {
    if (file) writeFileSync(path, '')
    openStore(path).close()
    const database = new Database(path)
    const pragma = (name: string) => database.pragma(name, { simple: true })
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('user_version')).toBe(MIGRATIONS.length)
    expect(Buffer.from(Number(pragma('application_id')).toString(16), 'hex').toString()).toBe('CLab')
    database.close()
  })

  it('opens a store again, also while it is open', () => {
    madeStore()
    const [first, second] = [openStore(path), openStore(path)]
    expect(second.sessions()).toHaveLength(1)
    first.close()
    expect(second.sessions()).toHaveLength(1)
    second.close()
  })

  it('makes none where one must exist', () => {
    expect(() => openStore(path, { mustExist: true })).toThrow(`${path}: no store; expected a file that run --store has written`)
    expect(readdirSync(folder)).toEqual([])
  })

  it('goes on with a store that was cut off while it was made', () => {
    change('PRAGMA application_id = 0x434c6162')
    expect(readFileSync(path)).not.toHaveLength(0)
    const store = openStore(path)
    expect(store.sessions()).toEqual([])
    store.close()
  })

  it('reads what a killed process left in the write-ahead log', () => {
    madeStore()
    const store = openStore(path)
    store.append('a', [{ kind: 'round-finished', round: 77, virtualSeconds: 1 }])
    for (const end of ['', '-wal']) copyFileSync(path + end, join(folder, `copy.db${end}`))
    store.close()
    const copy = openStore(join(folder, 'copy.db'))
    expect(copy.session('a').rounds).toBe(77)
    copy.close()
  })
})

describe('openStore refuses with one line and leaves as it is', () => {
  it('text', () => {
    writeFileSync(path, 'round,accuracy\n1,0.5\n')
    expect(refusal()).toBe('FOLDER/lab.db: a file that is no SQLite database; expected a store of sessions (nothing was changed)')
  })

  it("another program's database, in either journal mode", () => {
    const line = "FOLDER/lab.db: another program's SQLite database; expected a store of sessions (nothing was changed)"
    change('CREATE TABLE mine (x)')
    expect(refusal()).toBe(line)
    change('PRAGMA journal_mode = WAL; PRAGMA application_id = 1')
    expect(refusal()).toBe(line)
  })

  it('a store of a newer version', () => {
    madeStore()
    change(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    expect(refusal()).toBe(
      `FOLDER/lab.db: a store of a newer version (schema ${MIGRATIONS.length + 1}); expected schema ${MIGRATIONS.length} or older (nothing was changed)`,
    )
  })

  it('a store of a newer version whose process was killed, with what it left to be merged', () => {
    madeStore()
    const writer = new Database(path)
    writer.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    const copies = ['', '-wal'].map((end) => join(folder, `copy.db${end}`))
    for (const end of ['', '-wal']) copyFileSync(path + end, join(folder, `copy.db${end}`))
    writer.close()
    const before = copies.map(digest)
    expect(() => openStore(copies[0]!)).toThrow(/a store of a newer version/)
    expect(copies.map(digest)).toEqual(before)
  })

  it.each([
    ['CREATE TRIGGER t AFTER UPDATE ON sessions BEGIN DELETE FROM sessions; END', 'a trigger "t" that the lab did not make'],
    ['CREATE TABLE other (x)', 'a table "other" that the lab did not make'],
    ['CREATE VIEW v AS SELECT 1', 'a view "v" that the lab did not make'],
    ['DROP TABLE snapshots', 'no table snapshots'],
    ['DROP TRIGGER events_stay; CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT 1; END', 'is not as the lab made it'],
  ])('a store after %s', (sql, found) => {
    madeStore()
    change(sql)
    expect(refusal()).toMatch(/^FOLDER\/lab\.db: a store with .+; expected a store of sessions \(nothing was changed\)$/)
    expect(refusal()).toContain(found)
  })

  it('a store that another program holds, which is not taken for a damaged one', { timeout: 30_000 }, () => {
    madeStore()
    const holder = new Database(path)
    holder.pragma('journal_mode = DELETE')
    holder.exec('BEGIN EXCLUSIVE')
    const line = `${path}: database is locked; expected a store that can be read and written now (nothing was changed)`
    expect(() => openDefaultStore(path)).toThrow(line)
    holder.close()
    expect(readdirSync(folder)).toEqual(['lab.db'])
  })

  it('a store with pages overwritten', () => {
    madeStore()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xa5, 3 * 4096, 12 * 4096))
    expect(refusal()).toMatch(/^FOLDER\/lab\.db: a (damaged store|store that can't be read) \(.+\); expected .* \(nothing was changed\)$/)
  })

  it('a store cut short', () => {
    madeStore()
    writeFileSync(path, readFileSync(path).subarray(0, 5 * 4096))
    expect(refusal()).toMatch(/\(nothing was changed\)$/)
  })

  it('only the beginning of a header', () => {
    writeFileSync(path, 'SQLite format 3\0')
    expect(refusal()).toMatch(/another program's/)
  })

  it('a directory', () => {
    mkdirSync(join(folder, 'folder'))
    expect(refusal(join(folder, 'folder'))).toBe('FOLDER/folder: a directory; expected a store of sessions')
  })

  it('a place in a directory that is missing or is a file', () => {
    expect(refusal(join(folder, 'none', 'lab.db'))).toBe(
      'FOLDER/none/lab.db: no directory FOLDER/none; expected a file in a directory that exists',
    )
    writeFileSync(join(folder, 'file'), 'x')
    expect(refusal(join(folder, 'file', 'lab.db'))).toMatch(/no directory FOLDER\/file;/)
  })

  it.skipIf(process.platform !== 'linux')('a place where no file can be made', () => {
    expect(refusal('/proc/lab.db')).toMatch(/^\/proc\/lab\.db: .*; expected .* written$/)
  })
})

describe('a store whose rows somebody else wrote', () => {
  const shown = (sql: string): string => {
    madeStore()
    change(`DROP TRIGGER events_stay_the_same; ${sql}; ${STAY_THE_SAME}`)
    const store = openStore(path)
    try {
      for (const { id } of store.sessions()) perfettoTrace(store.events(id))
      return 'shown'
    } catch (error) {
      const told = explained(error, store)
      expect(told).toBeInstanceOf(InputError)
      return (told as InputError).message.replaceAll(folder, 'FOLDER')
    } finally {
      store.close()
    }
  }
  const STAY_THE_SAME = `CREATE TRIGGER events_stay_the_same BEFORE UPDATE ON events
  BEGIN SELECT raise(ABORT, 'events are append-only'); END`

  it.each([
    ["UPDATE events SET bulk = x'00ff00ff' WHERE kind = 'round-scheduled'", /the large part of an event can't be read/],
    ["UPDATE events SET event = '5' WHERE seq = 3", /an event that is none/],
    [
      'UPDATE events SET event = \'{"kind":"round-scheduled","tasks":[{}]}\' WHERE kind = \'round-scheduled\'',
      /an event round-scheduled whose/,
    ],
  ])('%s is told as damaged, in one line', (sql, found) => {
    const line = shown(sql)
    expect(line).toMatch(/^FOLDER\/lab\.db: a damaged store \([^\n]+\); expected a sound one\. Export/)
    expect(line).toMatch(found)
  })
})

describe('migrations', () => {
  it('lead from any earlier schema to the newest without losing rows', () => {
    madeStore()
    const database = new Database(path)
    migrate(database, [...MIGRATIONS, 'ALTER TABLE sessions ADD COLUMN note TEXT', "UPDATE sessions SET note = 'kept'"])
    expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 2)
    expect(database.prepare('SELECT id, note FROM sessions').all()).toEqual([{ id: 'a', note: 'kept' }])
    database.close()
  })

  it('are all undone when one fails', () => {
    madeStore()
    const database = new Database(path)
    expect(() => migrate(database, [...MIGRATIONS, 'CREATE TABLE extra (x)', 'SELECT nonsense'])).toThrow('nonsense')
    expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
    expect(database.prepare("SELECT * FROM sqlite_schema WHERE name = 'extra'").all()).toEqual([])
    database.close()
  })

  it('are not run a second time', () => {
    const database = new Database(path)
    migrate(database)
    migrate(database)
    expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
    database.close()
  })
})
