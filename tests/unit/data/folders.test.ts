import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
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

describe('a parquet file of another form', () => {
  const write = (columns: Parameters<typeof parquetWriteBuffer>[0]): string =>
    join(folder({ 'a.parquet': new Uint8Array(parquetWriteBuffer(columns)) }), 'a.parquet')

  test.each(['GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW'] as const)('packed by %s', (codec) => {
    const packers = { GZIP: gzipSync, BROTLI: brotliCompressSync, ZSTD: zstdCompressSync, LZ4_RAW: literals }
    const columnData = [
      { name: 'text', data: TEXTS, type: 'STRING' as const },
      { name: 'label', data: TEXTS.map((_, i) => i % 3), type: 'INT32' as const },
    ]
    const path = write({ columnData, codec, compressors: { [codec]: (bytes: Uint8Array) => new Uint8Array(packers[codec](bytes)) } })
    expect(readExamples({ path }).texts).toEqual(TEXTS)
  })

  test('with dictionaries, with lists of words, and with records', () => {
    const few = TEXTS.map((_, i) => `text ${i % 3}`)
    const path = write({
      columnData: [
        { name: 'text', data: few, encoding: 'RLE_DICTIONARY' },
        { name: 'tokens', data: few.map((text) => text.split(' ')) },
        { name: 'translation', data: few.map((en) => ({ en, de: 'x' })) },
        { name: 'label', data: few.map((_, i) => (i % 2 ? 1 : 0)) },
      ],
      schema: [
        { name: 'root', num_children: 4 },
        { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'tokens', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'translation', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'en', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'de', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'label', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      ],
    })
    for (const text of ['text', 'tokens', 'translation.en']) {
      const table = readExamples({ path, text, label: 'label' })
      expect(table.texts).toEqual(few)
      expect(table.labels.slice(0, 2)).toEqual(['0', '1'])
    }
    expect(() => readExamples({ path, text: 'translation.fr', label: 'label' })).toThrow(
      /did you mean "translation\.\w\w"|"translation\.en"/,
    )
  })

  test('with class -1, a class too many and nothing for a label or a text', () => {
    const features = [{ key: 'huggingface', value: FEATURES }]
    const rows = (label: (bigint | null)[], text: (string | null)[] = label.map(() => 'a')) =>
      write({
        columnData: [
          { name: 'text', data: text, type: 'STRING', nullable: true },
          { name: 'label', data: label, type: 'INT64', nullable: true },
        ],
        kvMetadata: features,
      })
    const refused = (path: string) => () => readExamples({ path })
    expect(refused(rows([0n, -1n]))).toThrow(/a\.parquet:2: class -1 under "label", which means no class/)
    expect(refused(rows([0n, 2n]))).toThrow(/a\.parquet:2: class 2 under "label"; expected 0 to 1/)
    expect(refused(rows([0n, null]))).toThrow(/a\.parquet:2: null under "label"/)
    expect(refused(rows([0n, 1n], ['a', null]))).toThrow(/a\.parquet:2: null under "text"/)
    const { labels, skipped } = readExamples({ path: rows([0n, -1n, 1n, -1n, null]), onBadRow: 'skip' })
    expect(labels).toEqual(['bad', 'good'])
    expect(skipped!.map(({ rows: count, line }) => [count, line])).toEqual([
      [2, 2],
      [1, 5],
    ])
  })
})

/** LZ4's block form, of literals alone. */
function literals(bytes: Uint8Array): Uint8Array {
  const length = bytes.length < 15 ? [] : lengthBytes(bytes.length - 15)
  return Uint8Array.from([Math.min(15, bytes.length) << 4, ...length, ...bytes])
}

function lengthBytes(rest: number): number[] {
  return [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255]
}

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

  test('takes shards with a hash, other names of a split, and splits of one name in two', () => {
    const shards = {
      'data/train-00000-of-00001-a09b74b3ef9c3b56.parquet': parquet(['a']),
      'data/validation_matched-00000-of-00001.parquet': parquet(['m']),
    }
    const more = folder({ ...shards, 'data/validation_mismatched-00000-of-00001.parquet': parquet(['n']) })
    const read = (path: string, split: string) => readExamples({ path, split, text: 'text', label: 'label' }).texts
    expect([read(more, 'train'), read(more, 'validation_matched')]).toEqual([['a'], ['m']])
    expect(() => read(more, 'validation')).toThrow(
      /no files of the split "validation"; expected one of "train", "validation_matched", "validation_mismatched"/,
    )
    expect(() => readExamples({ path: more, text: 'text', label: 'label' })).toThrow(/files of the splits .*--split/)
    const dev = folder({ 'train.jsonl': '{"text":"a","label":1}\n', 'dev.jsonl.gz': gzipSync('{"text":"d","label":1}\n') })
    expect([read(dev, 'validation'), read(dev, 'dev')]).toEqual([['d'], ['d']])
    expect(() => read(folder({ 'plain/train.csv': 'text,label\na,1\n' }), 'train')).toThrow(/one of its folders: "plain"/)
  })

  test('takes the split among the words of a name, and asks where there are several, or other files beside one', () => {
    const rows = (name: string): string => `text,label\n${name} words,a\n${name} again,b\n`
    const texts = (path: string, split?: string): string[] => readExamples({ path, split }).texts
    const named = folder({ 'my_train.csv': rows('train'), 'my-test-2019.csv': rows('test') })
    expect(texts(named, 'train')).toEqual(['train words', 'train again'])
    expect(texts(named, 'test')).toEqual(['test words', 'test again'])
    expect(() => texts(named)).toThrow(/files of the splits "test", "train"; expected one of them: --split/)
    const kaggle = folder({ 'train.csv': rows('train'), 'sample_submission.csv': 'id,label\n1,a\n' })
    expect(() => texts(kaggle)).toThrow(/files of the split "train", and 1 other \("sample_submission"\); expected one of them: --split/)
    expect(texts(kaggle, 'train')).toEqual(['train words', 'train again'])
    const matched = folder({ 'validation_matched.csv': rows('in'), 'validation_mismatched.csv': rows('out') })
    expect(texts(matched, 'validation_matched')).toEqual(['in words', 'in again'])
    // A word within a word says nothing.
    expect(texts(folder({ 'latest.csv': rows('latest'), 'retrained.csv': rows('re') }))).toHaveLength(4)
  })

  test('whose files are read from other columns, or hold the same rows twice, is refused', () => {
    const rows = 'text,label\nsome words,a\nmore words,b\n'
    const other = folder({ 'a.csv': rows, 'b.csv': 'sentence,label\nsome words,a\n' })
    expect(() => readExamples({ path: other })).toThrow(
      /b\.csv: column "sentence" and column "label"; expected column "text" and column "label" as in .*a\.csv/,
    )
    const bare = folder({ 'a.csv': rows, 'b.csv': 'some words,a\nmore words,b\n' })
    expect(() => readExamples({ path: bare })).toThrow(/b\.csv: column 0 and column 1 without a header/)
    const twice = folder({ 'a.csv': rows, 'a.jsonl': '{"text":"some words","label":"a"}\n' })
    expect(() => readExamples({ path: twice })).toThrow(/the same rows twice, it seems: a\.csv and a\.jsonl; expected one of them/)
  })

  test('whose files name their classes in another order is refused', () => {
    const other = FEATURES.replace('["bad","good"]', '["good","bad"]')
    const named = (value: string) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'text', data: ['a'], type: 'STRING' },
            { name: 'label', data: [1n], type: 'INT64' },
          ],
          kvMetadata: [{ key: 'huggingface', value }],
        }),
      )
    const path = folder({ 'a.parquet': named(FEATURES), 'b.parquet': named(other) })
    expect(() => readExamples({ path })).toThrow(/b\.parquet: the class names good, bad; expected bad, good, as in .*a\.parquet/)
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
