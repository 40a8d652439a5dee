import { expect, test } from 'vitest'
import type { DataReport, SessionData } from '#shared/events/data-report.ts'
import { classRows, columnSets, dataNotes, setsOf } from '../../../../src-renderer/views/run/data-rows.ts'

const counts = (rows: readonly number[], words: Readonly<Record<number, readonly string[]>> = {}): DataReport['classes'] =>
  rows.map((count, index) => ({ label: ['no', 'yes'][index]!, index, rows: count, words: words[index] ?? [] }))
const columns = { text: ['sentence'], label: 'label', unused: [], header: true }
const data: SessionData = {
  train: { columns: { ...columns, unused: ['question'] }, classes: counts([5, 0], { 0: ['No'] }), skipped: [] },
  test: {
    columns: { ...columns, header: false },
    classes: counts([2, 1], { 0: ['NO', 'No'] }),
    skipped: [{ why: 'an empty text', rows: 3, line: 7 }],
    cut: { rows: 1, of: 3, tokens: 16 },
  },
}

test('a class has its rows in every set, and the words that any of them has for it', () => {
  expect(setsOf(data)).toEqual(['train', 'test'])
  expect(classRows(data)).toEqual([
    { index: 0, label: 'no', words: ['No', 'NO'], rows: [5, 2] },
    { index: 1, label: 'yes', words: [], rows: [0, 1] },
  ])
  expect(classRows({ train: { skipped: [] } })).toEqual([])
})

test('columns are told once where sets are read alike, and not where nobody chose them', () => {
  expect(columnSets(data).map(({ sets }) => sets)).toEqual([['train'], ['test']])
  expect(columnSets({ ...data, test: { ...data.test!, columns } }).map(({ sets }) => sets)).toEqual([['train', 'test']])
  expect(columnSets({ train: { skipped: [] } })).toEqual([])
})

test('what loses rows, cuts them or leaves texts unread is noted, set by set', () => {
  expect(dataNotes(data)).toEqual([
    { set: 'train', kind: 'empty', classes: ['yes'] },
    { set: 'train', kind: 'unused', column: 'question' },
    { set: 'test', kind: 'skipped', why: 'an empty text', rows: 3, line: 7 },
    { set: 'test', kind: 'cut', rows: 1, of: 3, tokens: 16 },
  ])
})
