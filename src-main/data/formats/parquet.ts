/**
 * Rows of a parquet file, as Hugging Face datasets store them: columns by name, class labels as numbers whose names stand in the file's
 * metadata. Read with hyparquet's own parts, since its readers are for files that come over a network.
 */
import { parquetMetadata, parquetSchema } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { parquetPlan } from 'hyparquet/src/plan.js'
import { getTreePath, isFlatColumn } from 'hyparquet/src/schema.js'
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice, ExampleSource } from '../examples.ts'
import { classNamesOf, featuresIn } from './features.ts'
import { readPages } from './parquet-pages.ts'
import { checkedSchema } from './parquet-schema.ts'
import { Unpacker } from './parquet-unpack.ts'
import { type RawRow, type RawTable, firstCells, valueBehind, wordsOf } from './raw-table.ts'
import { unknownColumn } from './unknown-column.ts'

const PURPOSE = 'a parquet file with a column of texts'
const METADATA = 'huggingface'
/** The most values of one column in one row group, since a row group is held in memory whole. */
const MOST_GROUP_VALUES = 2 ** 25
/** Rows and values of a file by its size: a run may stand for any number of equal values, but few tables are all the same. */
const MOST_VALUES_PER_BYTE = 1024

/** Rows count as lines, from 1. @throws InputError for a file that can't be read */
export function parquetTable(bytes: Uint8Array, { path }: ExampleSource): RawTable {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const { metadata, schema } = readable(path, () => {
    const read = parquetMetadata(buffer, { geoparquet: false })
    read.schema = checkedSchema(read.schema)
    const count = read.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
    if (!(count <= MOST_VALUES_PER_BYTE * bytes.length)) throw new Error(`${count} rows in ${bytes.length} bytes`)
    return { metadata: read, schema: parquetSchema(read) }
  })
  // Fields of a record are columns of their own, named by their paths.
  const names = schema.children.flatMap((child) =>
    child.children.length > 0 && child.element.converted_type === undefined && child.element.repetition_type !== 'REPEATED'
      ? child.children.map(({ element }) => `${child.element.name}.${element.name}`)
      : [child.element.name],
  )
  const features = featuresIn(metadata.key_value_metadata?.find(({ key }) => key === METADATA)?.value)
  const nameOf = (column: ColumnChoice): string => {
    const name = typeof column === 'number' ? names[column] : column
    if (name !== undefined && names.includes(name)) return name
    throw unknownColumn(path, 'column named', String(column), names)
  }

  function* groups(wanted: readonly string[]): Generator<ReadonlyMap<string, ArrayLike<unknown>>> {
    // hyparquet reads from a file; only its length matters to a plan.
    const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
    const tops = [...new Set(wanted.map((name) => topOf(name)))]
    const options = { file, metadata, columns: tops, utf8: true }
    const unpacker = new Unpacker()
    for (const group of readable(path, () => parquetPlan(options).groups)) {
      yield readable(path, () => {
        const most = Math.max(group.groupRows, ...group.chunks.map(({ columnMetadata }) => Number(columnMetadata.num_values)))
        const limit = Math.min(MOST_GROUP_VALUES, MOST_VALUES_PER_BYTE * bytes.length)
        if (!(most <= limit)) throw new Error(`a row group of ${most} values, more than ${limit}`)
        const leaves = new Map<string, unknown[]>()
        for (const chunk of group.chunks) {
          const { path_in_schema: pathInSchema } = chunk.columnMetadata
          const schemaPath = getTreePath(schema, pathInSchema)
          const element = schemaPath.at(-1)!.element
          const decoder = { pathInSchema, schemaPath, element, ...options, ...chunk.columnMetadata, parsers: DEFAULT_PARSERS }
          const view = new DataView(buffer, chunk.range.startByte, chunk.range.endByte - chunk.range.startByte)
          const pages = readPages(view, Number(chunk.columnMetadata.num_values), decoder, unpacker)
          const values = pages.flatMap((part) => Array.from(part as ArrayLike<unknown>))
          leaves.set(pathInSchema.join('.'), isFlatColumn(schemaPath) ? values.slice(0, group.groupRows) : values)
        }
        for (const top of tops) {
          const child = schema.children.find(({ element }) => element.name === top)!
          if (child.children.length > 0) assembleNested(leaves, child, DEFAULT_PARSERS)
          const count = leaves.get(top)?.length ?? 0
          if (count < group.groupRows) throw new Error(`column "${top}" has ${count} of ${group.groupRows} rows`)
        }
        return leaves
      })
    }
  }
  const topOf = (name: string): string => (schema.children.some(({ element }) => element.name === name) ? name : name.split('.')[0]!)
  const valueIn = (name: string, cell: unknown): unknown =>
    topOf(name) === name ? cell : (valueBehind(cell, [name.slice(topOf(name).length + 1)]) ?? null)

  function* rows(columns: readonly ColumnChoice[]): Generator<RawRow> {
    const wanted = columns.map(nameOf)
    let line = 0
    for (const group of groups(wanted)) {
      const values = wanted.map((name) => group.get(topOf(name))!)
      const count = values[0]?.length ?? 0
      for (let row = 0; row < count; row++) yield { line: ++line, cells: values.map((column, i) => valueIn(wanted[i]!, column[row])) }
    }
  }
  return {
    names,
    width: names.length,
    classNames: (column) => classNamesOf(features, nameOf(column)),
    sample: () => firstCells(rows(names)),
    rows,
  }
}

function readable<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(path, wordsOf(cause), PURPOSE, { cause })
  }
}
