import { expect, test } from 'vitest'
import type { PhonePrediction, SessionSummary } from '#shared/api/lab-api.ts'
import { Projection } from '#shared/events/projection.ts'
import { forecastRows } from '#renderer/views/run/forecast-rows.ts'
import { comparedRows } from '#renderer/views/sessions/compared-rows.ts'
import { howLongAgo, sessionRows } from '#renderer/views/sessions/session-rows.ts'
import { recordedEvents } from '../recorded.ts'

const session = (part: Partial<SessionSummary>): SessionSummary => ({
  id: 'x',
  name: 'x',
  method: 'cooper',
  seed: 1,
  startedAt: '2026-01-01T00:00:00Z',
  endedAt: null,
  state: 'finished',
  error: null,
  rounds: 1,
  accuracy: 0.5,
  tags: [],
  notes: '',
  resumable: false,
  ...part,
})

test('sessions are sorted by any column, names with numbers as people count, unknown accuracies lowest', () => {
  const list = [
    session({ id: 'a', name: 'run 10', accuracy: 0.7 }),
    session({ id: 'b', name: 'run 9', accuracy: null }),
    session({ id: 'c', name: 'run 1' }),
  ]
  const ids = (by: 'name' | 'accuracy', descending = false) => sessionRows(list, new Map(), { by, descending }).map(({ id }) => id)
  expect(ids('name')).toEqual(['c', 'b', 'a'])
  expect(ids('accuracy')).toEqual(['b', 'c', 'a'])
  expect(ids('accuracy', true)).toEqual(['a', 'c', 'b'])
})

test('a session that this lab runs is shown as running until it is over', () => {
  const list = [session({ id: 'a', state: 'unfinished' })]
  const state = (of: 'running' | 'failed') =>
    sessionRows(list, new Map([['a', { session: 'a', state: of, error: null }]]), { by: 'name', descending: false })[0]!.shownState
  expect(state('running')).toBe('running')
  expect(state('failed')).toBe('unfinished')
})

test('how long ago something was is said in words, and after a week as a date', () => {
  const now = Date.parse('2026-01-10T12:00:00Z')
  expect(howLongAgo('2026-01-10T11:59:40Z', now)).toBe('just now')
  expect(howLongAgo('2026-01-10T11:15:00Z', now)).toBe('45 min ago')
  expect(howLongAgo('2026-01-09T12:00:00Z', now)).toBe('24 h ago')
  expect(howLongAgo('2026-01-06T12:00:00Z', now)).toBe('4 d ago')
  expect(howLongAgo('2026-01-01T12:00:00Z', now)).toBe('2026-01-01')
})

test('compared sessions show their results side by side with the best of each marked', () => {
  const [short, long] = [5, 50].map((rounds) => new Projection().addAll(recordedEvents(rounds)).view)
  const rows = new Map(comparedRows([short!, long!]).map((row) => [row.key, row]))
  expect(rows.get('final')).toMatchObject({ values: ['50.5 %', '55.0 %'], best: [1] })
  expect(rows.get('down')).toMatchObject({ values: ['160 B', '1.56 KiB'], best: [0] })
  expect(rows.get('target')).toMatchObject({ values: ['not reached', 'not reached'], best: [] })
  // Equal ones have no best.
  expect(rows.get('loss')!.best).toEqual([])
  expect(rows.get('rounds')).toMatchObject({ values: ['5', '50'], best: [] })
})

test('phones that need the same stand in one row, and those that would not fit come first', () => {
  const phone = (id: string, predictedBytes: number, capBytes: number): PhonePrediction => ({
    id,
    profile: 'p',
    link: 'lte',
    capBytes,
    predictedBytes,
    backpropBytes: 9,
  })
  expect(forecastRows([phone('a', 5, 10), phone('b', 5, 10), phone('c', 12, 10)])).toEqual([
    { profile: 'p', count: 1, predictedBytes: 12, capBytes: 10 },
    { profile: 'p', count: 2, predictedBytes: 5, capBytes: 10 },
  ])
})
