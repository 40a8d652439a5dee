/** JSON objects as rows: one per line, or all in one array. Columns are their keys, and `translation.en` is key `en` under `translation`. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice, ExampleSource } from '../examples.ts'
import { textLines } from '../text-bytes.ts'
import { type RawRow, type RawTable, SAMPLE_ROWS, kindOf, valueBehind } from './raw-table.ts'
import { unknownColumn } from './unknown-column.ts'

type JsonRow =
  | { readonly line: number; readonly row: object; readonly wrong?: undefined }
  | { readonly line: number; readonly row?: undefined; readonly wrong: InputError }

/** Reads a table from lines of one JSON object each. */
export function jsonLinesTable(bytes: Uint8Array, source: ExampleSource): RawTable {
  return table(() => lineRows(bytes, source.path), source)
}

/** A `.json` file: an array of objects, or objects line by line all the same. Rows of an array are counted from 1. */
export function jsonTable(bytes: Uint8Array, source: ExampleSource): RawTable {
  const { path } = source
  if (!startsArray(bytes)) {
    const [first] = lineRows(bytes, path)
    if (first?.row === undefined) refuseWhole(bytes, path, first?.wrong)
    return jsonLinesTable(bytes, source)
  }
  const values = parsed(bytes, path) as unknown[]
  const rows = values.map((value, i) => asRow(value, i + 1, path, 'an array of objects, e.g. [{"text": "...", "label": "..."}]'))
  return table(() => rows, source)
}

function startsArray(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 32)
  return first === 0x5b
}

/** Refuses a file that is one object over several lines, and names the layout it holds its rows in. */
function refuseWhole(bytes: Uint8Array, path: string, wrong: InputError | undefined): never {
  let whole: unknown
  try {
    whole = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw wrong ?? new InputError(path, 'no rows', 'objects, one per line or in an array')
  }
  if (typeof whole === 'object' && whole !== null) refuseNested(whole, path)
  const keys = typeof whole === 'object' && whole !== null ? Object.keys(whole).slice(0, 5).join(', ') : ''
  throw new InputError(path, `one object (${keys}) over several lines`, 'an array of objects, or an object per line (jsonl)')
}

/** Refuses an object that holds a table in another way than as a list of rows. */
function refuseNested(whole: object, path: string): void {
  const entries = Object.entries(whole)
  const rows = entries.find(([, value]) => Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === 'object' && row))
  if (rows) {
    const found = `one object whose "${rows[0]}" is a list of ${(rows[1] as unknown[]).length} rows`
    const arrays = (rows[1] as unknown[]).every(Array.isArray)
    throw new InputError(path, found, arrays ? 'an array of objects, or an object per line' : 'that list by itself, an array of objects')
  }
  const [first] = entries
  if (entries.length > 1 && isRecord(first![1]) && entries.every(([, value]) => isRecord(value) && sameRows(value, first![1] as object)))
    throw new InputError(
      path,
      `one object of ${entries.length} rows by their names ("${first![0]}", ...)`,
      'an array of them, or an object per line',
    )
  if (entries.length < 2 || !isColumn(first![1]) || !entries.every(([, value]) => isColumn(value) && sameRows(value, first![1]))) return
  const byColumn = `one object of ${entries.length} columns (${entries
    .slice(0, 5)
    .map(([key]) => key)
    .join(', ')})`
  throw new InputError(
    path,
    byColumn,
    "rows: an array of objects, or an object per line (pandas: to_json(..., orient='records', lines=True))",
  )
}

/** A list, or an object whose keys are numbers of rows, as data frames are written. */
function isColumn(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) ? value.length > 1 : Object.keys(value).length > 0 && Object.keys(value).every((key) => /^\d+$/.test(key))
}

/** True for an object whose keys are names. */
function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 1 && !isColumn(value)
}

function sameRows(a: object, b: object): boolean {
  return Array.isArray(a) === Array.isArray(b) && Object.keys(a).join() === Object.keys(b).join()
}

function parsed(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch (cause) {
    throw new InputError(path, `invalid JSON (${(cause as Error).message})`, 'an array of objects', { cause })
  }
}

function* lineRows(bytes: Uint8Array, path: string): Generator<JsonRow> {
  for (const { text, line } of textLines(bytes)) {
    const where = `${path}:${line}`
    if (text.trim() === '') {
      yield { line, wrong: new InputError(where, 'an empty line', 'a JSON object (only the end may be empty)') }
      continue
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      yield { line, wrong: new InputError(where, `invalid JSON (${cause.message})`, 'one JSON object per line', { cause }) }
      continue
    }
    yield asRow(value, line, path, 'one JSON object per line, e.g. {"text": "...", "label": "..."}')
  }
}

function asRow(value: unknown, line: number, path: string, expected: string): JsonRow {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { line, row: value }
  return { line, wrong: new InputError(`${path}:${line}`, kindOf(value), expected) }
}

function table(rows: () => Iterable<JsonRow>, { path }: ExampleSource): RawTable {
  const looked: object[] = []
  let wrongFirst: InputError | undefined
  for (const { row, wrong } of rows()) {
    wrongFirst ??= wrong
    if (row !== undefined && looked.push(row) >= SAMPLE_ROWS) break
  }
  if (looked.length === 0 && wrongFirst) throw wrongFirst
  if (looked.length === 1) refuseNested(looked[0]!, path)
  const names = [...new Set(looked.flatMap((row) => keysOf(row)))]
  const pathOf = (column: ColumnChoice): readonly string[] => {
    if (typeof column === 'string') return names.includes(column) ? splitName(column, looked) : [column]
    throw new InputError(path, `column position ${column} for a jsonl file`, 'the name of a key, e.g. "text"')
  }
  return {
    names,
    width: names.length,
    classNames: () => null,
    sample: () => looked.map((row) => names.map((name) => valueBehind(row, splitName(name, looked)))),
    *rows(columns) {
      const wanted = columns.map((column) => ({ name: String(column), path: pathOf(column) }))
      for (const { line, row, wrong } of rows()) yield wrong ? { line, wrong } : picked(row, line, wanted, path)
    },
  }
}

function picked(row: object, line: number, wanted: readonly { name: string; path: readonly string[] }[], path: string): RawRow {
  const cells = wanted.map(({ path: keys }) => valueBehind(row, keys))
  const missing = cells.indexOf(undefined)
  if (missing < 0) return { line, cells }
  return { line, wrong: unknownColumn(`${path}:${line}`, 'key', wanted[missing]!.name, keysOf(row)) }
}

/** Keys, and those of objects under them behind a point. */
function keysOf(row: object): string[] {
  return Object.entries(row).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value as object).map((inner) => `${key}.${inner}`)
      : [key],
  )
}

/** Splits a dotted name into keys, unless a row has a key with a point in it. */
function splitName(name: string, rows: readonly object[]): readonly string[] {
  return !name.includes('.') || rows.some((row) => Object.hasOwn(row, name)) ? [name] : name.split('.')
}
