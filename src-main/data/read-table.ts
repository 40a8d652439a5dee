/**
 * Reads examples from a tsv, csv, json, jsonl, parquet or Arrow file, from a folder of such files, from a dataset that Hugging Face's
 * library saved, or from the built-in corpus.
 */
import { extname } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { columnName, labelOf, labelsOf, textOf } from './cells.ts'
import { isBuiltInPath, resolveBuiltIn } from './corpus/built-in-path.ts'
import {
  type ColumnChoice,
  type ColumnsRead,
  type ExampleSource,
  type ExampleTable,
  SkipCounter,
  type TableFormat,
  pickRows,
} from './examples.ts'
import { refuseKindAt } from './file-kinds.ts'
import { findColumns } from './find-columns.ts'
import { cardClassNames } from './dataset-card.ts'
import { arrowTable } from './formats/arrow.ts'
import { csvRecords } from './formats/csv.ts'
import { fastTextTable, isFastText } from './formats/fast-text.ts'
import { classNamesOf } from './formats/features.ts'
import { jsonLinesTable, jsonTable } from './formats/json.ts'
import { parquetTable } from './formats/parquet.ts'
import type { RawTable } from './formats/raw-table.ts'
import { recordTable } from './formats/records.ts'
import { tsvRecords } from './formats/tsv.ts'
import { isSavedDataset, savedDataset } from './saved-dataset.ts'
import { isFolder, tableFiles } from './table-files.ts'
import { readBinaryBytes, readTextBytes } from './text-bytes.ts'
import { unpackedName } from './unpack.ts'

export type { ExampleSource, ExampleTable, TableFormat } from './examples.ts'

export interface ReadOptions {
  /** Largest file accepted, in bytes, unpacked. @default 512 MiB */
  readonly maximumBytes?: number
  /** True if a row may have several labels, which are then a list in JSON. @default false */
  readonly severalLabels?: boolean
}

const MAXIMUM_BYTES = 512 * 1024 * 1024

const FORMATS = new Map<string, TableFormat>([
  ['.tsv', 'tsv'],
  ['.txt', 'tsv'],
  ['.csv', 'csv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.json', 'json'],
  ['.parquet', 'parquet'],
  ['.arrow', 'arrow'],
  ['.feather', 'arrow'],
])

/** The separator between texts of several columns. */
const BETWEEN = ' '

/**
 * The rows of `source`, in file order.
 * @throws InputError for anything wrong with the file or the columns; `where` is `path`, or `path:line` where a line is to blame
 */
export function readExamples(source: ExampleSource, options: ReadOptions = {}): ExampleTable {
  if (isBuiltInPath(source.path)) return resolveBuiltIn(source.path)
  if (isFolder(source.path)) return isSavedDataset(source.path) ? readSaved(source, options) : readFolder(source, options)
  return readFile(source, options)
}

/** @param features of the columns, where something beside the file describes them */
function readFile(given: ExampleSource, options: ReadOptions, features: unknown = null): ExampleTable {
  const source = { ...given, format: given.format ?? formatOf(given.path) }
  const { path } = source
  const raw = open(source, options)
  const columns = findColumns(raw, source)
  const { text, label, pair } = columns
  const wanted = [...text, ...(label === null ? [] : [label]), ...(pair === undefined ? [] : [pair])]
  const classNames =
    label === null
      ? null
      : (raw.classNames(label) ?? classNamesOf(features, nameOf(raw, label)) ?? cardClassNames(path, nameOf(raw, label)))
  const skipped = new SkipCounter()
  const table = { texts: [] as string[], labels: [] as string[], lines: [] as number[], pairs: [] as string[] }
  for (const { line, cells, wrong } of raw.rows(wanted)) {
    try {
      if (wrong) throw wrong
      const row = exampleOf(cells, columns, classNames, `${path}:${line}`, options.severalLabels ? labelsOf : labelOf)
      table.texts.push(row.text)
      table.labels.push(row.label)
      table.lines.push(line)
      table.pairs.push(row.pair)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      if (source.onBadRow !== 'skip') throw withWayOut(error)
      skipped.add(reasonOf(error), line)
    }
  }
  const left = skipped.all
  if (table.texts.length === 0) throw noRows(path, left)
  const { pairs, ...rest } = table
  return {
    path,
    ...rest,
    ...(pair === undefined ? {} : { pairs }),
    ...(classNames === null ? {} : { classNames }),
    columns,
    ...(left.length === 0 ? {} : { skipped: left }),
  }
}

function nameOf({ names }: RawTable, column: ColumnChoice): string {
  return String(typeof column === 'number' ? (names?.[column] ?? column) : column)
}

function exampleOf(
  cells: readonly unknown[],
  { text, label, pair }: ColumnsRead,
  classNames: readonly string[] | null,
  where: string,
  wordOf: typeof labelOf,
): { text: string; label: string; pair: string } {
  const parts = text.map((column, i) => textOf(cells[i], column, where))
  const whole = parts.length === 1 ? parts[0]! : parts.filter((part) => part.trim() !== '').join(BETWEEN)
  if (whole.trim() === '') throw new InputError(where, `an empty text (${text.map(columnName).join(', ')})`, 'some text in every row')
  return {
    text: whole,
    label: label === null ? '' : wordOf(cells[text.length], classNames, label, where),
    pair: pair === undefined ? '' : textOf(cells[text.length + (label === null ? 0 : 1)], pair, where),
  }
}

/** Reduces an error to its reason, without the parts that differ from row to row. */
function reasonOf({ found }: InputError): string {
  return found.replace(/ \(.*\)$/, '')
}

/** The error of a row, with what leaves such rows out. */
function withWayOut({ where, found, expected, cause }: InputError): InputError {
  return new InputError(where, found, `${expected}; --on-bad-row skip ("onBadRow": "skip" in a scenario) leaves such rows out`, { cause })
}

function noRows(path: string, left: readonly { readonly why: string; readonly rows: number }[]): InputError {
  const found = left.length === 0 ? 'no rows' : `no rows but ${left.map(({ why, rows }) => `${rows} with ${why}`).join(', ')}`
  return new InputError(path, found, 'at least one row with a text and a label')
}

function open(source: ExampleSource & { readonly format: TableFormat }, { maximumBytes = MAXIMUM_BYTES }: ReadOptions): RawTable {
  const { path, format, encoding, delimiter, quoted } = source
  refuseIdle(
    source,
    isBinary(format) ? ['encoding', 'header', 'delimiter', 'quoted'] : isTable(format) ? [] : ['header', 'delimiter', 'quoted'],
  )
  if (format === 'parquet') return parquetTable(readBinaryBytes(path, maximumBytes, format), source)
  if (format === 'arrow') return arrowTable(readBinaryBytes(path, maximumBytes, format), source)
  const bytes = readTextBytes(path, maximumBytes, { encoding })
  if (format === 'jsonl') return jsonLinesTable(bytes, source)
  if (format === 'json') return jsonTable(bytes, source)
  if (format === 'tsv' && isFastText(bytes)) return fastTextTable(bytes, source)
  const separator = delimiter ?? (format === 'csv' ? ',' : '\t')
  if (!(quoted ?? format === 'csv')) return recordTable(() => tsvRecords(bytes, separator), source)
  refuseExcelsLine(bytes, path)
  const records = csvRecords(bytes, path, separator)
  return recordTable(() => records, source)
}

/** Line 1 may tell Excel the separator (`sep=;`); other programs take that line for a row. */
function refuseExcelsLine(bytes: Buffer, path: string): void {
  const separator = /^"?sep=(.)"?\r?\n/i.exec(bytes.toString('utf8', 0, 16))?.[1]
  if (separator === undefined) return
  throw new InputError(`${path}:1`, `"sep=${separator}", a line for Excel alone`, `the file without it, and --delimiter "${separator}"`)
}

function isBinary(format: TableFormat): boolean {
  return format === 'parquet' || format === 'arrow'
}

function isTable(format: TableFormat): boolean {
  return format === 'tsv' || format === 'csv'
}

/** Refuses options that the format can't follow, so that nothing the user asked for is silently ignored. */
function refuseIdle(
  source: ExampleSource & { readonly format: TableFormat },
  idle: readonly ('encoding' | 'header' | 'delimiter' | 'quoted')[],
): void {
  const given = idle.find((key) => source[key] !== undefined)
  if (given !== undefined) throw new InputError(source.path, `${given} for a ${source.format} file`, `no ${given}: the format has its own`)
}

function formatOf(path: string): TableFormat {
  const extension = extname(unpackedName(path)).toLowerCase()
  const format = FORMATS.get(extension)
  if (format) return format
  refuseKindAt(path, ({ advice }) => advice ?? `a table: ${[...FORMATS.keys()].join(', ')}`)
  const found = extension === '' ? 'a file without an extension' : `the extension ${extension}`
  throw new InputError(path, found, `${[...FORMATS.keys()].join(', ')}, or a format: ${[...new Set(FORMATS.values())].join(', ')}`)
}

/** The rows of all its files, one file after another in the order of their names. */
function readFolder(source: ExampleSource, options: ReadOptions): ExampleTable {
  const files = tableFiles(source.path, source.split, (name) => FORMATS.has(extname(unpackedName(name)).toLowerCase()))
  return joined(
    source.path,
    files,
    files.map((path) => readFile({ ...source, path, split: undefined }, options)),
  )
}

/** Reads the rows of a dataset in their order; its class names lie beside it. */
function readSaved(source: ExampleSource, options: ReadOptions): ExampleTable {
  const { files, features, indices } = savedDataset(source.path, source.split)
  const from = { ...source, format: 'arrow', split: undefined } as const
  const table = joined(
    source.path,
    files,
    files.map((path) => readFile({ ...from, path }, options, features)),
  )
  if (indices.length === 0) return table
  if (table.skipped)
    throw new InputError(source.path, 'rows to leave out of a selection of rows', 'a dataset saved after flatten_indices()')
  return pickRows(
    table,
    indices.flatMap((path) => rowNumbers(path, table.texts.length, options)),
  )
}

/** The row numbers of a selection, which the library keeps as a table of its own. */
function rowNumbers(path: string, rows: number, options: ReadOptions): number[] {
  const raw = open({ path, format: 'arrow' }, options)
  return [...raw.rows([0])].map(({ cells }) => {
    const row = Number(cells?.[0])
    if (Number.isInteger(row) && row >= 0 && row < rows) return row
    throw new InputError(path, `row ${row}`, `rows from 0 to ${rows - 1}`)
  })
}

function joined(path: string, files: readonly string[], tables: readonly ExampleTable[]): ExampleTable {
  const [first] = tables
  const odd = tables.find(({ classNames }) => JSON.stringify(classNames) !== JSON.stringify(first!.classNames))
  if (odd) {
    const names = (table: ExampleTable): string => table.classNames?.join(', ') ?? 'none'
    throw new InputError(odd.path, `the class names ${names(odd)}`, `${names(first!)}, as in ${first!.path}`)
  }
  const readAs = ({ columns }: ExampleTable): string => JSON.stringify({ ...columns, unused: [] })
  const apart = tables.find((table) => readAs(table) !== readAs(first!))
  if (apart) {
    const said = ({ columns }: ExampleTable): string =>
      [...columns!.text, ...(columns!.label === null ? [] : [columns!.label])].map(columnName).join(' and ')
    const found = `${said(apart)}${apart.columns!.header === false ? ' without a header' : ''}`
    throw new InputError(apart.path, found, `${said(first!)} as in ${first!.path}, or --text, --label and --header for all of them`)
  }
  const skipped = new SkipCounter()
  for (const table of tables) for (const { why, line, rows } of table.skipped ?? []) skipped.add(why, line, rows)
  return {
    path,
    texts: tables.flatMap(({ texts }) => texts),
    labels: tables.flatMap(({ labels }) => labels),
    lines: tables.flatMap(({ lines }) => lines),
    ...(first!.pairs ? { pairs: tables.flatMap(({ pairs = [] }) => pairs) } : {}),
    ...(first!.classNames ? { classNames: first!.classNames } : {}),
    ...(first!.columns ? { columns: first!.columns } : {}),
    ...(skipped.all.length === 0 ? {} : { skipped: skipped.all }),
    files,
    origins: tables.flatMap(({ texts }, file) => texts.map(() => file)),
  }
}
