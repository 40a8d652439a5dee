/** Files of rows. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { readExamples } from '../../../src-main/data/read-table.ts'
import type { ExampleSource } from '../../../src-main/data/examples.ts'
import { encodedText, mutatedBytes, mutatedText, pick } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'

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
    ].map((buffer) => new Uint8Array(buffer)),
  mutate(input, stream) {
    const bytes = Buffer.from(input)
    if (bytes.length < 20 || stream.below(10) === 0) return mutatedBytes(bytes, stream)
    const footer = bytes.readUInt32LE(bytes.length - FOOTER_BYTES)
    const start = Math.max(4, bytes.length - FOOTER_BYTES - footer)
    // Pages begin with a header of their own.
    const part = stream.below(3) === 0 ? bytes.subarray(0, start) : bytes.subarray(start, -FOOTER_BYTES)
    const from = part.byteOffset === bytes.byteOffset ? 4 : 0
    const mutated = pick([true, true, false], stream) ? overwritten(part, stream, from) : mutatedBytes(part, stream, from)
    const [pages, thrift] = from === 4 ? [mutated, bytes.subarray(start, -FOOTER_BYTES)] : [bytes.subarray(0, start), mutated]
    const end = Buffer.from(bytes.subarray(-FOOTER_BYTES))
    end.writeUInt32LE(thrift.length)
    return Buffer.concat([pages, thrift, end])
  },
  read: (input, directory) => readTable('rows.parquet', input, directory),
}

const columns = () => [
  { name: 'text', data: ROWS.slice(1).map((row) => row[0]!) },
  { name: 'label', data: [0, 1, 0, 1] },
  { name: 'share', data: [0.5, 1, 2, 3] },
]
const FEATURES = JSON.stringify({ info: { features: { label: { names: ['no', 'yes'], _type: 'ClassLabel' } } } })

export const arrow: FuzzedReader = {
  seeds: () => {
    const table = tableFromArrays({ text: ROWS.slice(1).map((row) => row[0]!), label: Int32Array.of(0, 1, 0, 1) })
    return (['stream', 'file'] as const).map((format) => tableToIPC(table, { format })!)
  },
  mutate: (input, stream) => (stream.below(3) > 0 ? overwritten(input, stream, 0) : mutatedBytes(input, stream)),
  read: (input, directory) => readTable('rows.arrow', input, directory),
}

/** A byte or two set to another value: numbers of Thrift are as long as they are large. */
function overwritten(bytes: Uint8Array, stream: Parameters<FuzzedReader['mutate']>[1], from: number): Uint8Array {
  const copy = Buffer.from(bytes)
  for (let i = 0; i < 1 + stream.below(3); i++)
    copy[from + stream.below(Math.max(1, copy.length - from))] = pick([0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, stream.below(256)], stream)
  return copy
}
