/** Picks the text and the label out of positional records (tsv, csv), by position or by the header's names. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleSource } from '../examples.ts'
import { quoted, unknownColumn } from './unknown-column.ts'

export interface TableRecord {
  readonly cells: readonly string[]
  /** 1-based line the record starts at. */
  readonly line: number
}

export interface Cells {
  readonly text: string
  readonly label: string
  readonly pair?: string | undefined
  readonly line: number
}

const LABEL_TITLES = new Set(['label', 'labels', 'class', 'category', 'target'])

/** @throws InputError if a column is unknown, missing from a row, or a row has more cells than the first one */
export function* recordCells(records: Iterable<TableRecord>, source: ExampleSource): Generator<Cells> {
  const byName = [source.text, source.label, source.pair].find((column) => typeof column === 'string')
  const named = byName !== undefined
  if (named && source.header === false) {
    throw new InputError(source.path, `header: false with the column name "${byName}"`, 'a position counted from 0, or header: true')
  }
  let header: readonly string[] | null = null
  let width = 0
  let text = -1
  let label = -1
  let pair = -1
  for (const { cells, line } of records) {
    const where = `${source.path}:${line}`
    if (width === 0) {
      width = cells.length
      header = (source.header ?? (named || titlesLabels(cells, source.label))) ? cells.map((name) => name.trim()) : null
      text = position(source.text, header, width, where)
      label = source.label === null ? -1 : position(source.label, header, width, where)
      pair = source.pair === undefined ? -1 : position(source.pair, header, width, where)
      if (text === label) throw new InputError(where, `the same column (${text}) for text and label`, 'two different columns')
      if (header) continue
    }
    if (cells.length === 1 && cells[0]?.trim() === '') throw new InputError(where, 'an empty line', 'a row (only the end may be empty)')
    if (cells.length > width) throw new InputError(where, `${cells.length} columns`, `${width} as in the first line`)
    yield {
      text: cell(cells, text, header, where),
      label: label < 0 ? '' : cell(cells, label, header, where),
      pair: pair < 0 ? undefined : cell(cells, pair, header, where),
      line,
    }
  }
}

/** Whether the first line's label is the title of a column rather than a label, for columns given by position. */
function titlesLabels(cells: readonly string[], label: string | number | null): boolean {
  return typeof label === 'number' && LABEL_TITLES.has(cells[label]?.trim().toLowerCase() ?? '')
}

function position(column: string | number, header: readonly string[] | null, width: number, where: string): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < width) return column
    throw new InputError(
      where,
      `column ${column} asked for, but the line has ${listed(header, width)}`,
      `a position from 0 to ${width - 1}`,
    )
  }
  const names = header ?? []
  const found = names.indexOf(column)
  if (found >= 0 && names.lastIndexOf(column) !== found) {
    throw new InputError(where, `two columns named "${column}"`, 'different names, or a position counted from 0')
  }
  if (found >= 0) return found
  throw unknownColumn(where, 'column named', column, names)
}

function cell(cells: readonly string[], at: number, header: readonly string[] | null, where: string): string {
  const found = cells[at]
  if (found !== undefined) return found
  const name = header ? `column ${at} ("${header[at]}")` : `column ${at}`
  throw new InputError(where, `a row of ${cells.length} column${cells.length === 1 ? '' : 's'}`, `${name} in every row`)
}

function listed(header: readonly string[] | null, width: number): string {
  return header ? `the columns ${quoted(header)}` : `${width} column${width === 1 ? '' : 's'}`
}
