import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, test } from 'vitest'
import { readTargets } from '#main/reading/read-targets.ts'
import { directory } from '../lab/scenarios.ts'

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const NAMES = ['low', 'middle', 'high']
const HEAD = { names: NAMES, outputs: 3 }
const WANTED = [1, 0, 1, 0, 0, 0, 0, 1, 0]
const TEXTS = ['some words', 'more words', 'no words']

let files = 0
function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, `${files++}-${name}`)
  writeFileSync(path, content)
  return path
}

const several = (path: string, more: object = {}) => readTargets({ path, ...more }, HEAD, 'multi_label_classification')
const lines = (labels: readonly unknown[]): string => TEXTS.map((text, row) => JSON.stringify({ text, labels: labels[row] })).join('\n')
const csv = (cells: readonly string[]): string => ['text,labels', ...TEXTS.map((text, row) => `${text},${cells[row]}`)].join('\n')
function parquet(feature: unknown): Uint8Array {
  const features = JSON.stringify({ info: { features: { text: { dtype: 'string', _type: 'Value' }, labels: feature } } })
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'text', data: TEXTS, type: 'STRING' },
        { name: 'labels', data: [[1, 0], [], [2]], type: 'JSON' },
      ],
      kvMetadata: [{ key: 'huggingface', value: features }],
    }),
  )
}

describe('classes each by itself', () => {
  test.each<[string, string]>([
    ['a list of names in jsonl', file('a.jsonl', lines([['low', 'high'], [], ['middle']]))],
    ['a list of numbers', file('a.jsonl', lines([[0, 2], [], [1]]))],
    [
      'a list of 1 and 0',
      file(
        'a.jsonl',
        lines([
          [1, 0, 1],
          [0, 0, 0],
          [0, 1, 0],
        ]),
      ),
    ],
    ['a list of 1.0 and 0.0 in text', file('a.csv', csv(['"[1.0, 0.0, 1.0]"', '"[0.0, 0.0, 0.0]"', '"[0.0, 1.0, 0.0]"']))],
    ['names between commas, and none', file('a.csv', csv(['"low,high"', '""', 'middle']))],
    ['a list as Python prints it', file('a.csv', csv(["\"['low', 'high']\"", '[]', "['middle']"]))],
    [
      'a list of ClassLabel',
      file('a.parquet', parquet({ feature: { names: ['middle', 'low', 'high'], _type: 'ClassLabel' }, _type: 'Sequence' })),
    ],
    [
      'a list of ClassLabel of version 4',
      file('a.parquet', parquet({ feature: { names: ['high', 'low', 'middle'], _type: 'ClassLabel' }, _type: 'List' })),
    ],
  ])('are read from %s', (what, path) => {
    const { targets, table } = several(path, { label: 'labels' })
    expect(table.texts).toEqual(TEXTS)
    const swapped = what.endsWith('version 4')
    expect([...targets.values]).toEqual(
      swapped ? [1, 0, 1, 0, 0, 0, 0, 1, 0] : what.endsWith('ClassLabel') ? [1, 1, 0, 0, 0, 0, 0, 0, 1] : WANTED,
    )
  })

  test('are numbers of classes where such a list could be 1 and 0 in some rows alone', () => {
    const path = file('two.jsonl', lines([[0, 1], [], [1]]))
    const { targets } = readTargets({ path, label: 'labels' }, { names: ['a', 'b'], outputs: 2 }, 'multi_label_classification')
    expect([...targets.values]).toEqual([1, 1, 0, 0, 0, 1])
  })

  test('in a column each keep their rows together where a cell is empty and such rows are left out', () => {
    const path = file('each.csv', 'text,low,middle,high\nsome words,1,0,1\nmore words,0,,1\nno words,0,1,0\n')
    expect(() => several(path)).toThrow(/:3: an empty label \(column "middle"\)/)
    const { targets, table } = several(path, { onBadRow: 'skip' })
    expect(table.texts).toEqual(['some words', 'no words'])
    expect([...targets.values]).toEqual([1, 0, 1, 0, 1, 0])
    expect(table.skipped).toEqual([{ why: 'nothing in the column of a class', rows: 1, line: 3 }])
  })

  test('that are no class are refused with their line', () => {
    expect(() => several(file('b.jsonl', lines([['low'], ['lower'], []])), { label: 'labels' })).toThrow(
      /:2: the label "lower"; expected some of low, middle, high/,
    )
    expect(() => several(file('c.jsonl', lines([['low'], [['x']], []])), { label: 'labels' })).toThrow(/:2: an array under "labels"/)
    expect(() => several(file('d.csv', csv(['[0 1]', '[]', '[]'])), { label: 'labels' })).toThrow(
      /:2: the label "\[0 1\]"; expected a list in JSON/,
    )
  })
})
