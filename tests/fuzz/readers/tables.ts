/** Files of rows. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { dictionary, fixedSizeList, float32, largeUtf8, list, struct, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { readExamples } from '../../../src-main/data/read-table.ts'
import type { ExampleSource } from '../../../src-main/data/examples.ts'
import type { Stream } from '../../../src-shared/random/counter.ts'
import { encodedText, mutatedBytes, mutatedText, pick } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'
import { numbersIn, otherNumber } from '../thrift.ts'

const ROWS = [
  ['text', 'label'],
  ['good film', 'yes'],
  ['a "bad" one, really', 'no'],
  ['two\nlines', 'yes'],
  ['Größe 😀', 'no'],
]

const asked: readonly Partial<ExampleSource>[] = [
  { text: 'text', label: 'label' },
  { text: 0, label: 1 },
  {},
  { text: 'text', label: null },
  { onBadRow: 'skip' },
]

/** @param name of the file, for its format */
function readTable(name: string, input: Uint8Array, directory: string): void {
  const path = join(directory, name)
  writeFileSync(path, input)
  let refusal: unknown
  for (const source of asked) {
    try {
      readExamples({ path, ...source }, { maximumBytes: 2 ** 26 })
    } catch (error) {
      refusal = error
      if ((error as Error).name !== 'InputError') throw error
    }
  }
  if (refusal !== undefined) throw refusal
}

function textTable(name: string, seeds: readonly string[]): FuzzedReader {
  return {
    seeds: () => seeds.map((text) => Buffer.from(text)),
    mutate: (input, stream) => {
      const mutated = encodedText(mutatedText(Buffer.from(input).toString(), stream), stream)
      return stream.below(30) === 0 ? gzipSync(mutated) : mutated
    },
    read: (input, directory) => readTable(name, input, directory),
  }
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

export const tsv = textTable('rows.tsv', [ROWS.map((row) => row.map((cell) => cell.replaceAll('\n', ' ')).join('\t')).join('\n')])
export const csv = textTable('rows.csv', [
  ROWS.map((row) => row.map(quoted).join(',')).join('\r\n'),
  'text;label\na;b\nc;d\n',
  'a,b\nc,d\n',
])
export const jsonl = textTable('rows.jsonl', [
  ROWS.slice(1)
    .map(([text, label]) => JSON.stringify({ text, label }))
    .join('\n'),
  '{"text":"a","label":0}\n{"text":"b","label":1}\n',
])
export const json = textTable('rows.json', [
  JSON.stringify(ROWS.slice(1).map(([text, label]) => ({ text, label }))),
  JSON.stringify({ data: ROWS.slice(1).map(([text, label], i) => ({ text, label: i % 2, words: [label] })) }),
])

/** Thrift in the last bytes says what the others are, so it is what is changed most. */
const FOOTER_BYTES = 8

/** Every way of writing values that a column may have, in the form of pages that all readers know and in the second one. */
export const parquet: FuzzedReader = {
  seeds: () =>
    [
      parquetWriteBuffer({ columnData: columns() }),
      parquetWriteBuffer({
        columnData: columns(),
        codec: 'UNCOMPRESSED',
        rowGroupSize: 2,
        kvMetadata: [{ key: 'huggingface', value: FEATURES }],
      }),
      ...(['PLAIN', 'DELTA_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY', 'RLE_DICTIONARY'] as const).map((encoding) =>
        parquetWriteBuffer({ columnData: encodedColumns(encoding), codec: 'UNCOMPRESSED', rowGroupSize: 40 }),
      ),
      parquetWriteBuffer({ columnData: nestedColumns(), codec: 'UNCOMPRESSED' }),
    ].map((buffer) => new Uint8Array(buffer)),
  mutate(input, stream) {
    const bytes = Buffer.from(input)
    if (bytes.length < 20 || stream.below(10) === 0) return mutatedBytes(bytes, stream)
    const length = bytes.readUInt32LE(bytes.length - FOOTER_BYTES)
    const start = Math.max(4, bytes.length - FOOTER_BYTES - length)
    const footer = bytes.subarray(start, -FOOTER_BYTES)
    const [pages, thrift] =
      stream.below(2) === 0
        ? [bytes.subarray(0, start), otherFooter(footer, stream)]
        : [otherPages(bytes.subarray(0, start), stream), footer]
    const end = Buffer.from(bytes.subarray(-FOOTER_BYTES))
    end.writeUInt32LE(thrift.length)
    return Buffer.concat([pages, thrift, end])
  },
  read: (input, directory) => readTable('rows.parquet', input, directory),
}

function otherFooter(footer: Uint8Array, stream: Stream): Uint8Array {
  if (stream.below(3) > 0) return otherNumber(footer, 0, stream)
  return stream.below(2) === 0 ? overwritten(footer, stream, 0) : mutatedBytes(footer, stream)
}

/** A page begins with a header of its own, and its first bytes often say what the others are. */
function otherPages(pages: Uint8Array, stream: Stream): Uint8Array {
  if (stream.below(4) === 0) return mutatedBytes(pages, stream, 4)
  const heads = Array.from({ length: Math.max(0, pages.length - 4) }, (_, i) => i + 4).filter((at) => beginsPage(pages, at))
  if (heads.length === 0) return overwritten(pages, stream, 4)
  const at = pick(heads, stream)
  if (stream.below(2) === 0) return otherNumber(pages, at, stream)
  const content = Math.max(at, ...numbersIn(pages, at).map(({ end }) => end)) + 1
  return Buffer.concat([
    pages.subarray(0, content),
    overwritten(pages.subarray(content, content + 12), stream, 0),
    pages.subarray(content + 12),
  ])
}

/** A struct whose first three fields are numbers of 32 bits, the first of them the kind of page. */
function beginsPage(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x15 && bytes[at + 1]! <= 6 && bytes[at + 2] === 0x15
}

const columns = () => [
  { name: 'text', data: ROWS.slice(1).map((row) => row[0]!) },
  { name: 'label', data: [0, 1, 0, 1] },
  { name: 'share', data: [0.5, 1, 2, 3] },
]
const FEATURES = JSON.stringify({ info: { features: { label: { names: ['no', 'yes'], _type: 'ClassLabel' } } } })

const many = <T>(value: (i: number) => T): T[] => Array.from({ length: 90 }, (_, i) => value(i))

function encodedColumns(encoding: 'PLAIN' | 'DELTA_BYTE_ARRAY' | 'DELTA_LENGTH_BYTE_ARRAY' | 'RLE_DICTIONARY') {
  return [
    { name: 'text', data: many((i) => `the same ${i % 7}`), encoding, nullable: false },
    { name: 'label', data: many((i) => i % 2), encoding: 'DELTA_BINARY_PACKED' as const },
    { name: 'more', data: many((i) => (i % 5 === 0 ? null : `word ${i % 3}`)), encoding },
    { name: 'share', data: Float64Array.from(many((i) => i / 4)), encoding: 'BYTE_STREAM_SPLIT' as const, nullable: false },
    { name: 'true', data: many((i) => i % 3 === 0), encoding: 'RLE' as const },
    { name: 'far', data: many((i) => BigInt(i) * 2n ** 40n), encoding: 'DELTA_BINARY_PACKED' as const },
  ]
}

/** Lists and records, whose levels say what belongs together. */
function nestedColumns() {
  return [
    { name: 'text', data: many((i) => `text ${i}`) },
    { name: 'label', data: many((i) => i % 2) },
    { name: 'tokens', data: many((i) => (i % 4 === 0 ? [] : ['a', `b ${i}`])) },
    { name: 'translation', data: many((i) => ({ en: `one ${i}`, de: i % 3 === 0 ? null : `eins ${i}` })) },
  ]
}

export const arrow: FuzzedReader = {
  seeds: () => {
    const texts = ROWS.slice(1).map((row) => row[0]!)
    const label = Int32Array.of(0, 1, 0, 1)
    const tables = [
      tableFromArrays({ text: texts, label }),
      tableFromArrays(
        {
          text: texts,
          label: ['no', 'yes', null, 'no'],
          tokens: [['a'], [], ['b', 'c'], ['d']],
          translation: [{ en: 'one' }, { en: 'two' }, { en: null }, { en: 'four' }],
          pair: [
            [1, 2],
            [3, 4],
            [5, 6],
            [7, 8],
          ],
          long: texts,
        },
        {
          types: {
            text: utf8(),
            label: dictionary(utf8()),
            tokens: list(utf8()),
            translation: struct({ en: utf8() }),
            pair: fixedSizeList(float32(), 2),
            long: largeUtf8(),
          },
        },
      ),
    ]
    return tables.flatMap((table) => (['stream', 'file'] as const).map((format) => tableToIPC(table, { format })!))
  },
  mutate(input, stream) {
    switch (stream.below(4)) {
      case 0:
        return mutatedBytes(input, stream)
      case 1:
        return overwritten(input, stream, 0)
      default:
        return otherWord(input, stream)
    }
  },
  read: (input, directory) => readTable('rows.arrow', input, directory),
}

const WORDS = [0, 1, 2, 4, 8, -1, -4, -8, -64, 1000, 2 ** 20, 2 ** 30, 2 ** 31 - 1, -(2 ** 31)]

/** A 32-bit number where one may be, since FlatBuffers and Arrow's buffers align them: set to another, or moved a little. */
function otherWord(input: Uint8Array, stream: Stream): Uint8Array {
  const copy = Buffer.from(input)
  if (copy.length < 8) return mutatedBytes(input, stream)
  const at = 4 * stream.below(copy.length >> 2)
  const word = stream.below(2) === 0 ? pick(WORDS, stream) : (copy.readInt32LE(at) + pick([1, -1, 4, -4, 8, -8, 256], stream)) | 0
  copy.writeInt32LE(word, at)
  return copy
}

/** A byte or two set to another value. */
function overwritten(bytes: Uint8Array, stream: Stream, from: number): Uint8Array {
  const copy = Buffer.from(bytes)
  if (copy.length <= from) return copy
  for (let i = 0; i < 1 + stream.below(3); i++)
    copy[from + stream.below(copy.length - from)] = pick([0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, stream.below(256)], stream)
  return copy
}
