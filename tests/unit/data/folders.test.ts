import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, test } from 'vitest'
import { partition } from '#main/data/partition.ts'
import { readExamples } from '#main/data/read-table.ts'
import { rowGroups } from '#main/data/row-groups.ts'

const root = mkdtempSync(join(tmpdir(), 'folders-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0
function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(root, String(folders++))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

const TEXTS = Array.from({ length: 300 }, (_, i) => `text ${i} ünï`)
const FEATURES = JSON.stringify({
  info: { features: { label: { names: ['bad', 'good'], _type: 'ClassLabel' }, text: { _type: 'Value' } } },
})

function parquet(texts: readonly string[], more: { features?: boolean; codec?: 'SNAPPY' | 'UNCOMPRESSED' } = {}): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'text', data: [...texts], type: 'STRING' },
      { name: 'label', data: texts.map((_, i) => BigInt(i % 2)), type: 'INT64' },
      { name: 'second', data: texts.map((text) => `${text}!`), type: 'STRING' },
    ],
    rowGroupSize: 100,
    codec: more.codec ?? 'SNAPPY',
    ...(more.features ? { kvMetadata: [{ key: 'huggingface', value: FEATURES }] } : {}),
  })
  return new Uint8Array(buffer)
}

describe('a parquet file', () => {
  test.each(['SNAPPY', 'UNCOMPRESSED'] as const)('gives the rows that were written, over row groups (%s)', (codec) => {
    const path = join(folder({ 'a.parquet': parquet(TEXTS, { codec }) }), 'a.parquet')
    const { texts, labels, pairs, lines } = readExamples({ path, text: 'text', label: 'label', pair: 'second' })
    expect(texts).toEqual(TEXTS)
    expect(labels).toEqual(TEXTS.map((_, i) => String(i % 2)))
    expect(pairs).toEqual(TEXTS.map((text) => `${text}!`))
    expect(lines.at(-1)).toBe(300)
  })

  test('calls classes as its features do', () => {
    const path = join(folder({ 'a.parquet': parquet(TEXTS.slice(0, 3), { features: true }) }), 'a.parquet')
    expect(readExamples({ path, text: 0, label: 1 }).labels).toEqual(['bad', 'good', 'bad'])
  })

  test('that is damaged, or lacks the column, is refused in one line', () => {
    const good = parquet(TEXTS.slice(0, 3))
    const path = folder({ 'a.parquet': good, 'b.parquet': good.slice(0, 50), 'c.parquet': new Uint8Array(0) })
    expect(() => readExamples({ path: join(path, 'a.parquet'), text: 'body', label: 'label' })).toThrow(/body.*text.*label.*second/)
    for (const name of ['b.parquet', 'c.parquet']) {
      expect(() => readExamples({ path: join(path, name), text: 'text', label: 'label' })).toThrow(/parquet: .*; expected a parquet file/)
    }
  })
})

describe('a folder', () => {
  const dataset = folder({
    'data/train-00000-of-00002.parquet': parquet(['a', 'b']),
    'data/train-00001-of-00002.parquet': parquet(['c']),
    'data/test-00000-of-00001.parquet': parquet(['d']),
    'README.md': 'a card',
  })

  test('of a dataset gives the split that is asked for, shard after shard', () => {
    expect(readExamples({ path: dataset, split: 'train', text: 'text', label: 'label' }).texts).toEqual(['a', 'b', 'c'])
    expect(readExamples({ path: dataset, split: 'test', text: 'text', label: 'label' }).texts).toEqual(['d'])
    expect(() => readExamples({ path: dataset, split: 'dev', text: 'text', label: 'label' })).toThrow(/no files of the split "dev"/)
  })

  const personal = folder({ 'ann.tsv': 'a one\t0\na two\t1\n', 'bob.csv': 'b one,1\n', 'cid.tsv': 'c one\t0\nc two\t0\nc three\t1\n' })

  test('of personal files says which file every row is from, and each phone gets the rows of one', () => {
    const { texts, origins } = readExamples({ path: personal, text: 0, label: 1 })
    expect(origins).toEqual([0, 0, 1, 2, 2, 2])
    const sets = partition(new Int32Array(6), 3, { kind: 'files' }, 1, 1, Int32Array.from(origins!))
    expect(sets.map((set) => [...set].map((row) => texts[row]!.slice(0, 1)).join(''))).toEqual(['aa', 'b', 'ccc'])
    expect(() => partition(new Int32Array(6), 4, { kind: 'files' }, 1, 1, Int32Array.from(origins!))).toThrow(/3 files .* for 4 phones/)
    expect(() => partition(new Int32Array(6), 2, { kind: 'files' }, 1)).toThrow(/to be a folder/)
  })
})

test('rows may have no labels, and second texts in any format', () => {
  const path = folder({ 'a.tsv': 'one\ttwo\nthree\tfour\n', 'b.jsonl': '{"q":"one","a":"two"}\n' })
  const table = readExamples({ path: join(path, 'a.tsv'), text: 0, label: null, pair: 1 })
  expect([table.texts, table.pairs, table.labels]).toEqual([
    ['one', 'three'],
    ['two', 'four'],
    ['', ''],
  ])
  expect(readExamples({ path: join(path, 'b.jsonl'), text: 'q', label: null, pair: 'a' })).toMatchObject({ texts: ['one'], pairs: ['two'] })
})

describe('groups of rows without classes', () => {
  const about = (from: number) => Array.from({ length: 20 }, (_, i) => Int32Array.of(from, from + 1, from + (i % 3), 500 + i))
  const rows = [...about(10), ...about(200)]

  test('are those that share words', () => {
    const groups = rowGroups(rows, { by: 'cluster', count: 2 }, 1)
    expect(new Set(groups.subarray(0, 20)).size).toBe(1)
    expect(new Set(groups.subarray(20)).size).toBe(1)
    expect(groups[0]).not.toBe(groups[20])
    expect(rowGroups(rows, { by: 'cluster', count: 2 }, 1)).toEqual(groups)
  })

  test('or any, of like size', () => {
    const groups = rowGroups(rows, { by: 'batch', count: 3 }, 1)
    expect([0, 1, 2].map((group) => groups.filter((own) => own === group).length)).toEqual([14, 13, 13])
  })
})
