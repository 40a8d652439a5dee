/**
 * Rows of a parquet file, as Hugging Face datasets store them: columns by name, class labels as numbers whose names stand in the file's
 * metadata. Read with hyparquet's own parts, since its readers are for files that come over a network.
 */
import { parquetMetadata, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { readColumn } from 'hyparquet/src/column.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { parquetPlan } from 'hyparquet/src/plan.js'
import { getTreePath, isFlatColumn } from 'hyparquet/src/schema.js'
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleSource } from '../examples.ts'
import type { Cells } from './record-cells.ts'
import { unknownColumn } from './unknown-column.ts'

const PURPOSE = 'a parquet file with a column of texts'

/** Rows count as lines, from 1. @throws InputError for a file that can't be read or lacks a column */
export function* parquetCells(bytes: Uint8Array, source: ExampleSource): Generator<Cells> {
  const { path } = source
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const columns = readable(path, () => columnReader(buffer))
  const named = (column: string | number): string => {
    const name = typeof column === 'number' ? columns.names[column] : column
    if (name !== undefined && columns.names.includes(name)) return name
    throw unknownColumn(path, 'column named', String(column), columns.names)
  }
  const text = named(source.text)
  const label = source.label === null ? null : named(source.label)
  const pair = source.pair === undefined ? null : named(source.pair)
  const wanted = [text, label, pair].filter((name) => name !== null)
  const classes = label === null ? null : columns.classNames(label)
  let line = 0
  for (const group of columns.groups(wanted, (work) => readable(path, work))) {
    const rows = group.get(text)!.length
    for (let row = 0; row < rows; row++) {
      line++
      const where = `${path}:${line}`
      yield {
        text: textOf(group.get(text)![row], text, where),
        label: label === null ? '' : labelOf(group.get(label)![row], classes, label, where),
        pair: pair === null ? undefined : textOf(group.get(pair)![row], pair, where),
        line,
      }
    }
  }
}

interface ColumnReader {
  readonly names: readonly string[]
  classNames(column: string): readonly string[] | null
  /** Row group by row group, the values of some columns. */
  groups(names: readonly string[], guard: <T>(work: () => T) => T): Generator<ReadonlyMap<string, ArrayLike<unknown>>>
}

function columnReader(buffer: ArrayBuffer): ColumnReader {
  const metadata = parquetMetadata(buffer)
  const schema = parquetSchema(metadata)
  return {
    names: schema.children.map(({ element }) => element.name),
    classNames: (column) => classNamesIn(metadata.key_value_metadata ?? [], column),
    *groups(names, guard) {
      // hyparquet reads from a file; only its length matters to a plan.
      const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
      const options = { file, metadata, columns: [...names], compressors, utf8: true }
      for (const group of parquetPlan(options).groups) {
        yield guard(() => {
          const values = group.chunks.map((chunk): [string, ArrayLike<unknown>] => {
            const { path_in_schema: pathInSchema } = chunk.columnMetadata
            const schemaPath = getTreePath(schema, pathInSchema)
            const name = pathInSchema[0]!
            if (!isFlatColumn(schemaPath)) throw new Error(`column "${name}" holds lists or records`)
            const element = schemaPath.at(-1)!.element
            const decoder = { pathInSchema, schemaPath, element, ...options, ...chunk.columnMetadata, parsers: DEFAULT_PARSERS }
            const view = new DataView(buffer, chunk.range.startByte, chunk.range.endByte - chunk.range.startByte)
            const { data } = readColumn({ view, offset: 0 }, group, decoder)
            return [name, data.flatMap((part) => Array.from(part as ArrayLike<unknown>)).slice(0, group.groupRows)]
          })
          return new Map(values)
        })
      }
    },
  }
}

/** Of a ClassLabel feature, from the description that Hugging Face's library leaves in the file. */
function classNamesIn(entries: readonly { readonly key: string; readonly value?: string | undefined }[], column: string): string[] | null {
  const text = entries.find(({ key }) => key === 'huggingface')?.value
  if (text === undefined) return null
  try {
    const feature = (JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } }).info?.features?.[column]
    const names = feature?.names
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null
  } catch {
    return null
  }
}

function textOf(value: unknown, column: string, where: string): string {
  if (typeof value === 'string') return value
  throw new InputError(where, `${value === null || value === undefined ? 'nothing' : typeof value} under "${column}"`, 'a string')
}

function labelOf(value: unknown, classes: readonly string[] | null, column: string, where: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return classes?.[Number(value)] ?? String(value)
  throw new InputError(
    where,
    `${value === null || value === undefined ? 'nothing' : typeof value} under "${column}"`,
    'a label: a string or a number',
  )
}

function readable<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(path, (cause as Error).message, PURPOSE, { cause })
  }
}
