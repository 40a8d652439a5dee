/**
 * Pages of one column of a row group, decoded by hyparquet. It believes what a page says of itself (numbers of values, lengths of runs and
 * blocks), so that a few bytes could hold it up for ever; here each claim is bounded by what the file has before hyparquet sees it.
 */
import type { DecodedArray, PageHeader } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { convert } from 'hyparquet/src/convert.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { readVarInt } from 'hyparquet/src/thrift.js'
import type { Unpacker } from './parquet-unpack.ts'

type ColumnDecoder = Parameters<typeof readPage>[2]

interface Reader {
  view: DataView
  offset: number
}

/** The encoding of a data page's values, and the length of its levels where they precede the packed part. */
interface Values {
  readonly count: number
  readonly encoding: string | undefined
  readonly levels: readonly [repetition: number, definition: number] | null
}

/** Runs are written in groups of eight values, and some writers fill up more. */
const FILLED_UP = 1024

/**
 * The values of a column, page after page.
 * @param mostValues of all data pages together @throws Error for pages that can't be what they say
 */
export function readPages(view: DataView, mostValues: number, decoder: ColumnDecoder, unpacker: Unpacker): DecodedArray[] {
  const reader: Reader = { view, offset: 0 }
  const chunks: DecodedArray[] = []
  let dictionary: DecodedArray | undefined
  let left = mostValues
  while (reader.offset < view.byteLength - 1 && left > 0) {
    const header = parquetHeader(reader)
    const size = within(header.compressed_page_size, view.byteLength - reader.offset, 'bytes of a page')
    const packed = new Uint8Array(view.buffer, view.byteOffset + reader.offset, size)
    reader.offset += size
    if (header.type === 'INDEX_PAGE') continue
    const values = header.type === 'DICTIONARY_PAGE' ? null : valuesOf(header, left)
    const content = unpacker.page(packed, header, decoder.codec, values?.levels ? values.levels[0] + values.levels[1] : 0)
    if (values === null) within(header.dictionary_page_header?.num_values, 8 * content.length, 'words of a dictionary')
    else checkValues(content, values, decoder)
    const previous = chunks.at(-1)
    const page = { ...header, compressed_page_size: content.length, uncompressed_page_size: content.length }
    const contentView = new DataView(content.buffer, content.byteOffset, content.byteLength)
    const { data } = readPage({ view: contentView, offset: 0 }, page, { ...decoder, codec: 'UNCOMPRESSED' }, dictionary, previous, 0)
    if (values === null) dictionary = data && convert(data, decoder)
    else if (data && data !== previous && data.length > 0) chunks.push(data)
    left -= values?.count ?? 0
  }
  return chunks
}

function valuesOf({ type, data_page_header: v1, data_page_header_v2: v2 }: PageHeader, most: number): Values {
  if (type === 'DATA_PAGE' && v1) return { count: within(v1.num_values, most, 'values of a page'), encoding: v1.encoding, levels: null }
  if (type !== 'DATA_PAGE_V2' || !v2) throw new Error(`a page of the kind ${type}`)
  const count = within(v2.num_values, most, 'values of a page')
  within(v2.num_nulls, count, 'missing values of a page')
  const [repetition, definition] = [v2.repetition_levels_byte_length, v2.definition_levels_byte_length]
  return { count, encoding: v2.encoding, levels: [lengthOf(repetition), lengthOf(definition)] }
}

function checkValues(content: Uint8Array, { count, encoding, levels }: Values, { schemaPath, type }: ColumnDecoder): void {
  const reader: Reader = { view: new DataView(content.buffer, content.byteOffset, content.byteLength), offset: 0 }
  for (const [i, most] of [getMaxRepetitionLevel(schemaPath), getMaxDefinitionLevel(schemaPath)].entries()) {
    const start = reader.offset
    if (most > 0 && !checkRuns(reader, bitsOf(most), count, levels?.[i])) throw new Error(`levels of fewer than ${count} values`)
    if (levels) reader.offset = start + levels[i]!
  }
  switch (encoding) {
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      if (reader.offset < content.length) checkRuns(reader, reader.view.getUint8(reader.offset++), count, content.length - reader.offset)
      return
    case 'RLE':
      // The second form has truth values alone here, and hyparquet reads a length in front of them.
      if (type !== 'BOOLEAN') throw new Error(`runs of ${type}`)
      checkRuns(reader, 1, count, undefined)
      return
    case 'DELTA_BINARY_PACKED':
    case 'DELTA_LENGTH_BYTE_ARRAY':
      checkBlocks(reader, count)
      return
    case 'DELTA_BYTE_ARRAY':
      return checkPrefixes(reader, count)
  }
}

/**
 * Runs of equal values, and of packed ones. hyparquet reads until it has its values, whatever it was told of their length in bytes, so all runs that
 * it may read are looked at. @param length in bytes; undefined where it stands in front of them
 * @returns whether `count` values are in them
 */
function checkRuns(reader: Reader, width: number, count: number, length: number | undefined): boolean {
  const size = length ?? reader.view.getUint32(reader.offset, true)
  if (length === undefined) reader.offset += 4
  const end = reader.offset + within(size, reader.view.byteLength - reader.offset, 'bytes of runs')
  let left = count
  while (left > 0 && reader.offset < reader.view.byteLength) {
    const header = readVarInt(reader)
    const values = header & 1 ? 8 * (header >> 1) : header >>> 1
    if (!(values >= 0 && values <= left + FILLED_UP)) throw new Error(`a run of ${values} values where ${left} are left`)
    reader.offset += header & 1 ? (header >> 1) * width : (width + 7) >> 3
    left -= values
  }
  const whole = left <= 0 && reader.offset <= end
  reader.offset = end
  return whole
}

/** Blocks of differences say first how many values they have, in how many parts. @returns the number of values in all blocks */
function checkBlocks({ view, offset }: Reader, count: number): number {
  const reader = { view, offset }
  const [values, parts, all] = [readVarInt(reader), readVarInt(reader), readVarInt(reader)]
  if (!(values > 0 && parts > 0 && parts <= view.byteLength && values % parts === 0))
    throw new Error(`blocks of ${values} differences in ${parts} parts`)
  return within(all, count, 'differences')
}

/** Texts that begin as the one before: each may be a byte long in the file and as long as it likes here. */
function checkPrefixes(reader: Reader, count: number): void {
  const lengths = (): Int32Array => {
    const output = new Int32Array(checkBlocks(reader, count))
    deltaBinaryUnpack(reader, output.length, output)
    return output
  }
  const [shared, own] = [lengths(), lengths()]
  let [before, all] = [0, 0]
  for (const [i, prefix] of shared.entries()) {
    before = within(prefix, before, 'bytes shared with the text before') + lengthOf(own[i])
    all += before
  }
  within(all, MOST_PREFIXED_BYTES, 'bytes of texts')
}

const MOST_PREFIXED_BYTES = 2 ** 29

function bitsOf(most: number): number {
  return 32 - Math.clz32(most)
}

function lengthOf(bytes: number | undefined): number {
  return within(bytes, 2 ** 31, 'bytes')
}

function within(claimed: number | undefined, most: number, what: string): number {
  if (claimed === undefined || !(claimed >= 0 && claimed <= most)) throw new Error(`${claimed} ${what}, where ${most} can be`)
  return claimed
}
