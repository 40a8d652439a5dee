/** Rows of an Arrow file, the stream that Hugging Face's `datasets` writes or the file form ("Feather"), read with flechette. */
import { type Table, tableFromIPC } from '@uwdata/flechette'
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice, ExampleSource } from '../examples.ts'
import { checkMessages } from './arrow-messages.ts'
import { classNamesOf, featuresIn } from './features.ts'
import { type RawRow, type RawTable, firstCells, valueBehind, wordsOf } from './raw-table.ts'
import { unknownColumn } from './unknown-column.ts'

const PURPOSE = 'an Arrow file (stream or file form) with a column of texts'

/** Rows count as lines, from 1. @throws InputError for a file that can't be read */
export function arrowTable(bytes: Uint8Array, { path }: ExampleSource): RawTable {
  const table = readable(path, () => {
    checkMessages(bytes)
    return tableFromIPC(aligned(bytes), { useBigInt: true })
  })
  // A text takes four bytes at least, a truth value a bit.
  if (table.numRows > 8 * bytes.length) throw new InputError(path, `${table.numRows} rows in ${bytes.length} bytes`, PURPOSE)
  const fields = readable(path, () => table.schema.fields.map(({ name, type }) => ({ name: String(name ?? ''), inner: fieldsOf(type) })))
  if (fields.length === 0) throw new InputError(path, 'no columns', PURPOSE)
  if (!isEnded(bytes)) throw new InputError(path, 'a stream without its end (a file cut off?)', PURPOSE)
  const names = fields.flatMap(({ name, inner }) => (inner.length > 0 ? inner.map((key) => `${name}.${key}`) : [name]))
  const features = featuresIn(table.schema.metadata?.get('huggingface'))
  const nameOf = (column: ColumnChoice): string => {
    const name = typeof column === 'number' ? names[column] : column
    if (name !== undefined && names.includes(name)) return name
    throw unknownColumn(path, 'column named', String(column), names)
  }
  function* rows(columns: readonly ColumnChoice[]): Generator<RawRow> {
    const wanted = columns.map((column) => {
      const name = nameOf(column)
      const top = fields.find(({ name: own, inner }) => name === own || inner.some((key) => name === `${own}.${key}`))!.name
      return { values: readable(path, () => columnOf(table, top, path)), inner: name === top ? [] : [name.slice(top.length + 1)] }
    })
    for (let row = 0; row < table.numRows; row++) {
      const cells = wanted.map(({ values, inner }) =>
        plain(
          valueBehind(
            readable(path, () => values.at(row)),
            inner,
          ),
        ),
      )
      yield { line: row + 1, cells }
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

function columnOf(table: Table, name: string, path: string): { at(row: number): unknown } {
  const column = table.getChild(name)
  if (!column) throw new InputError(path, `no values of column "${name}"`, PURPOSE)
  return column
}

/** Returns the names of a record's fields. */
function fieldsOf(type: unknown): string[] {
  const { typeId, children } = type as { typeId: number; children?: readonly { name: string }[] }
  return typeId === STRUCT && children ? children.map(({ name }) => name) : []
}

/** Number of the record type in Arrow's schema. */
const STRUCT = 13

/** Lists as arrays, whatever holds them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? null
  return ArrayBuffer.isView(value) || Symbol.iterator in value ? Array.from(value as Iterable<unknown>) : value
}

/** A stream ends with a message of length 0, the file form with its name: without these rows may be missing. */
function isEnded(bytes: Uint8Array): boolean {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return end.subarray(-8).toString('hex') === 'ffffffff00000000' || end.subarray(-6).toString('latin1') === 'ARROW1'
}

/** Copies bytes to an offset that is a multiple of eight, as views of 64-bit numbers require. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
}

function readable<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(path, wordsOf(cause), PURPOSE, { cause })
  }
}
