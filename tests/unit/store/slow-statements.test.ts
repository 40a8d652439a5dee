import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type SlowStatement, watchStatements } from '#main/store/slow-statements.ts'
import { Store } from '#main/store/store.ts'
import { MIGRATIONS, migrate } from '#main/store/migrations/migrate.ts'
import { sampleSession, scenario } from './sample-session.ts'

/** A clock on which each look takes `step` milliseconds. */
function steppingClock(step: number) {
  const clock = { step, now: 0 }
  return { clock, now: () => (clock.now += clock.step) }
}

function watched(step: number) {
  const database = new Database(':memory:')
  const told: SlowStatement[] = []
  const { clock, now } = steppingClock(step)
  watchStatements(database, (slow) => told.push(slow), { milliseconds: 250, now })
  return { database, told, clock }
}

test('a slow statement is told with its text and its milliseconds, a quick one is not', () => {
  const { database, told, clock } = watched(10)
  expect(database.prepare('SELECT 1 AS one').get()).toEqual({ one: 1 })
  expect(told).toEqual([])
  clock.step = 300
  expect(database.prepare('SELECT 2').pluck().all()).toEqual([2])
  expect(told).toEqual([{ sql: 'SELECT 2', milliseconds: 300, times: 1 }])
})

test('one that stays slow is told once a minute, with how often', () => {
  const { database, told, clock } = watched(300)
  const statement = database.prepare('SELECT 1')
  for (let i = 0; i < 20; i++) statement.get()
  expect(told).toHaveLength(1)
  clock.now += 60_000
  statement.get()
  expect(told).toEqual([
    { sql: 'SELECT 1', milliseconds: 300, times: 1 },
    { sql: 'SELECT 1', milliseconds: 300, times: 20 },
  ])
})

test('the commit of a transaction is timed, and one that fails leaves nothing', () => {
  const { database, told } = watched(300)
  database.prepare('CREATE TABLE numbers (n)').run()
  const insert = database.prepare('INSERT INTO numbers VALUES (?)')
  database.transaction(() => insert.run(1)).immediate()
  expect(told.map(({ sql }) => sql)).toContain('COMMIT')
  const failing = database.transaction(() => {
    insert.run(2)
    throw new Error('no')
  })
  expect(() => failing()).toThrow('no')
  expect(database.prepare('SELECT n FROM numbers').pluck().all()).toEqual([1])
})

test('a store works as ever while it is watched', () => {
  const { database } = watched(300)
  migrate(database, MIGRATIONS)
  const store = new Store(database)
  store.createSession({ id: 'a', name: 'x', method: 'cooper', seed: 7, scenario, startedAt: '2026-01-01T00:00:00.000Z', environment: {} })
  const events = sampleSession('a', 3)
  store.append('a', events)
  expect([...store.events('a')]).toHaveLength(events.length)
  expect(store.session('a').rounds).toBe(3)
})
