/** Reads examples from a tsv, csv, jsonl or parquet file, from a folder of such files, or from the built-in corpus. */
import { extname } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { isBuiltInPath, resolveBuiltIn } from './corpus/built-in-path.ts'
import type { ExampleSource, ExampleTable, TableFormat } from './examples.ts'
import { csvRecords } from './formats/csv.ts'
import { jsonlCells } from './formats/jsonl.ts'
import { recordCells, type Cells } from './formats/record-cells.ts'
import { tsvRecords } from './formats/tsv.ts'
import { parquetCells } from './formats/parquet.ts'
import { isFolder, tableFiles } from './table-files.ts'
import { readBinaryBytes, readTextBytes } from './text-bytes.ts'

export type { ExampleSource, ExampleTable, TableFormat } from './examples.ts'

export interface ReadOptions {
  /** Largest file accepted, in bytes. @default 512 MiB */
  readonly maximumBytes?: number
}

const MAXIMUM_BYTES = 512 * 1024 * 1024

const FORMATS = new Map<string, TableFormat>([
  ['.tsv', 'tsv'],
  ['.txt', 'tsv'],
  ['.csv', 'csv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.parquet', 'parquet'],
])

/**
 * The rows of `source`, in file order.
 * @throws InputError for anything wrong with the file or the columns; `where` is `path`, or `path:line` where a line is to blame
 */
export function readExamples(source: ExampleSource, options: ReadOptions = {}): ExampleTable {
  if (isBuiltInPath(source.path)) return resolveBuiltIn(source.path)
  if (isFolder(source.path)) return readFolder(source, options)
  const format = source.format ?? formatOf(source.path)
  const read = format === 'parquet' ? readBinaryBytes : readTextBytes
  const bytes = read(source.path, options.maximumBytes ?? MAXIMUM_BYTES)
  const table: ExampleTable = {
    path: source.path,
    texts: [],
    labels: [],
    lines: [],
    ...(source.pair === undefined ? {} : { pairs: [] }),
  }
  for (const { text, label, pair, line } of cellsOf(bytes, source, format)) {
    if (text.trim() === '')
      throw new InputError(`${source.path}:${line}`, `an empty text (${columnName(source.text)})`, 'some text in every row')
    if (label.trim() === '' && source.label !== null)
      throw new InputError(`${source.path}:${line}`, `an empty label (${columnName(source.label)})`, 'a label in every row')
    table.texts.push(text)
    table.labels.push(label.trim())
    table.lines.push(line)
    table.pairs?.push(pair ?? '')
  }
  if (table.texts.length === 0) throw new InputError(source.path, 'no rows', 'at least one row with a text and a label')
  return table
}

function cellsOf(bytes: Uint8Array, source: ExampleSource, format: TableFormat): Iterable<Cells> {
  if (source.text === source.label) {
    throw new InputError(source.path, `the same column (${columnName(source.text)}) for text and label`, 'two different columns')
  }
  if (format === 'parquet') return parquetCells(bytes, source)
  if (format === 'jsonl') return jsonlCells(bytes, source)
  return recordCells(format === 'csv' ? csvRecords(bytes, source.path) : tsvRecords(bytes), source)
}

function formatOf(path: string): TableFormat {
  const extension = extname(path).toLowerCase()
  const format = FORMATS.get(extension)
  if (format) return format
  const found = extension === '' ? 'a file without an extension' : `the extension ${extension}`
  throw new InputError(path, found, `${[...FORMATS.keys()].join(', ')}, or a format: tsv, csv, jsonl or parquet`)
}

/** The rows of all its files, one file after another in the order of their names. */
function readFolder(source: ExampleSource, options: ReadOptions): ExampleTable {
  const files = tableFiles(source.path, source.split, (name) => FORMATS.has(extname(name).toLowerCase()))
  const tables = files.map((path) => readExamples({ ...source, path, split: undefined }, options))
  return {
    path: source.path,
    texts: tables.flatMap(({ texts }) => texts),
    labels: tables.flatMap(({ labels }) => labels),
    lines: tables.flatMap(({ lines }) => lines),
    ...(source.pair === undefined ? {} : { pairs: tables.flatMap(({ pairs = [] }) => pairs) }),
    files,
    origins: tables.flatMap(({ texts }, file) => texts.map(() => file)),
  }
}

function columnName(column: string | number | null): string {
  return typeof column === 'string' ? `column "${column}"` : `column ${column}`
}
