/** Files that claim to hold more than they do: refused before a library believes them, so none of these tests takes long or needs memory. */
import * as arrow from 'apache-arrow'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, test } from 'vitest'
import { readExamples } from '#main/data/read-table.ts'
import { numbersIn } from '../../fuzz/thrift.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { TestFiles } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

const FOOTER_BYTES = 8

type Encoding = 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BYTE_ARRAY' | 'DELTA_LENGTH_BYTE_ARRAY'

function parquetFile(encoding: Encoding, codec: 'UNCOMPRESSED' | 'SNAPPY' = 'UNCOMPRESSED'): Buffer {
  const data = Array.from({ length: 40 }, (_, i) => `some text ${i % 4}`)
  return Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data, encoding, nullable: false }], codec }))
}

/** The bytes with one number written otherwise. @param from first byte of the struct that has it @param which of the struct's numbers */
function withNumber(bytes: Buffer, from: number, which: number, value: number): Buffer {
  const { start, end } = numbersIn(bytes, from)[which]!
  const written: number[] = []
  for (let left = value; left > 0x7f || written.push(left) === 0; left = Math.floor(left / 128)) written.push((left % 128) | 0x80)
  const changed = Buffer.concat([bytes.subarray(0, start), Buffer.from(written), bytes.subarray(end)])
  if (from < footerStart(bytes)) return changed
  changed.writeUInt32LE(changed.length - from - FOOTER_BYTES, changed.length - FOOTER_BYTES)
  return changed
}

function footerStart(bytes: Buffer): number {
  return bytes.length - FOOTER_BYTES - bytes.readUInt32LE(bytes.length - FOOTER_BYTES)
}

/** What is told of each file that is refused. */
function told(name: string, versions: readonly Uint8Array[], text = 'text'): string[] {
  return versions.flatMap((bytes) => {
    try {
      readExamples({ path: files.file(name, bytes), text, label: null })
      return []
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      return [error.message.replace(/^[^:]*: /, '')]
    }
  })
}

describe('a parquet file', () => {
  const zigzag = (value: number): number => 2 * value
  const [UNPACKED, PACKED, VALUES] = [1, 2, 3]

  /** Versions with each number of the footer in turn set to `value`. */
  function footers(value: number): Buffer[] {
    const file = parquetFile('PLAIN')
    return numbersIn(file, footerStart(file)).map((_, i) => withNumber(file, footerStart(file), i, zigzag(value)))
  }

  test('of a few hundred bytes that is more than a gibibyte when it is unpacked', () => {
    const file = parquetFile('PLAIN', 'SNAPPY')
    const claiming = withNumber(file, 4, UNPACKED, zigzag(2 ** 30 + 1))
    // The page begins later and ends where it ended.
    const { start } = numbersIn(claiming, 4)[PACKED]!
    claiming[start]! -= zigzag(claiming.length - file.length)
    expect(claiming.length).toBeLessThan(1000)
    expect(told('a.parquet', [claiming])).toEqual([
      'more than 1024 MiB when it is unpacked; expected a parquet file with a column of texts',
    ])
  })

  test('with more values in a page than in its column', () => {
    const claiming = withNumber(parquetFile('PLAIN'), 4, VALUES, zigzag(60))
    expect(told('a.parquet', [claiming])).toEqual(['60 values of a page, where 40 can be; expected a parquet file with a column of texts'])
  })

  test.each([
    ['more rows than its size allows', 2 ** 33, /^8589934592 rows in \d+ bytes/],
    ['a schema of a thousand million columns', 1e9, /^a schema that names more columns than it has/],
    ['a column of more values than its size allows', 2 ** 24, /^a row group of 16777216 values, more than/],
  ])('with %s', (_, value, words) => {
    expect(told('a.parquet', footers(value)).filter((line) => words.test(line))).not.toEqual([])
  })

  test.each([
    ['RLE_DICTIONARY', 'a run of 1073741824 values'],
    ['DELTA_BYTE_ARRAY', 'blocks of'],
    ['DELTA_LENGTH_BYTE_ARRAY', 'blocks of'],
  ] as const)('whose %s page has a run or a block without end', (encoding, words) => {
    const file = parquetFile(encoding)
    // A run of 2^30 values, and a negative number of differences.
    const claim = encoding === 'RLE_DICTIONARY' ? [0x80, 0x80, 0x80, 0x80, 0x08] : [0xff, 0xff, 0xff, 0xff, 0x0f]
    const versions = Array.from({ length: footerStart(file) - 10 }, (_, i) => {
      const changed = Buffer.from(file)
      changed.set(claim, 4 + i)
      return changed
    })
    expect(told('a.parquet', versions).filter((line) => line.includes(words))).not.toEqual([])
  })
})

describe('an Arrow file', () => {
  const table = new arrow.Table({
    text: arrow.vectorFromArray(['a film', 'zoë', 'the end'], new arrow.Utf8()),
    tokens: arrow.vectorFromArray([['a', 'b'], ['c'], []], new arrow.List(new arrow.Field('item', new arrow.Utf8()))),
  })

  /** What is told of files with each of their 32-bit words in turn set to `value`. */
  function lines(value: number, form: 'stream' | 'file'): string[] {
    const bytes = Buffer.from(arrow.tableToIPC(table, form))
    const versions = Array.from({ length: (bytes.length >> 2) - 2 }, (_, i) => {
      const changed = Buffer.from(bytes)
      changed.writeInt32LE(value, 8 + 4 * i)
      return changed
    })
    return told('a.arrow', versions, 'tokens')
  }

  test.each(['stream', 'file'] as const)('whose %s form has one number too large is refused or read', (form) => {
    const all = lines(2 ** 31 - 1, form)
    const kinds = ['a vector of 2147483647 elements', 'values that end at 2147483647', 'a buffer of', 'values than the file has bytes for']
    for (const words of kinds) expect(all.filter((line) => line.includes(words)).length, words).toBeGreaterThan(0)
  })

  test('whose messages lead backwards', () => {
    expect(lines(-8, 'stream').filter((line) => line.startsWith('a message of -8 bytes')).length).toBeGreaterThan(0)
  })
})
