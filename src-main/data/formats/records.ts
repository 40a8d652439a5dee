/** Tables of positional records (tsv, csv): whether line 1 names the columns, and which cells a column has. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice, ExampleSource } from '../examples.ts'
import { isHeader } from './column-header.ts'
import { type RawRow, type RawTable, SAMPLE_ROWS } from './raw-table.ts'
import { quoted, unknownColumn } from './unknown-column.ts'

export interface TableRecord {
  readonly cells: readonly string[]
  /** 1-based line the record starts at. */
  readonly line: number
}

/** @param records all of them, from the first one each time it is asked */
export function recordTable(records: () => Iterable<TableRecord>, source: ExampleSource): RawTable {
  const looked = firstOf(records(), SAMPLE_ROWS + 1)
  const [first] = looked
  const below = looked.slice(1).map(({ cells }) => cells)
  const named = columnsNamed(source)
  if (named !== undefined && source.header === false) {
    throw new InputError(source.path, `header: false with the column name "${named}"`, 'a position counted from 0, or header: true')
  }
  const header = first !== undefined && (source.header ?? (named !== undefined || isHeader(first.cells, below)))
  if (first !== undefined && source.header === undefined && !header && areNumbersOfColumns(first.cells)) {
    const expected = '--header ("header": true in a scenario) where these are the numbers of columns that pandas writes, or --no-header'
    throw new InputError(`${source.path}:${first.line}`, `a first line of ${first.cells.join(',')}`, expected)
  }
  const width = first?.cells.length ?? 0
  const names = header ? first!.cells.map((name) => name.trim()) : null
  const where = `${source.path}:${first?.line ?? 1}`
  return {
    names,
    width,
    header,
    classNames: () => null,
    sample: () => (header ? below : looked.map(({ cells }) => cells)).slice(0, SAMPLE_ROWS),
    *rows(columns) {
      if (first === undefined) return
      const places = columns.map((column) => position(column, names, width, where))
      let before = header
      for (const record of records()) {
        if (before) before = false
        else yield rowOf(record, places, names, width, source)
      }
    },
  }
}

/** 0, 1, 2 and so on, perhaps behind the empty name of an index. */
function areNumbersOfColumns(cells: readonly string[]): boolean {
  const numbers = cells[0] === '' ? cells.slice(1) : cells
  return numbers.length > 1 && numbers.every((cell, i) => cell === String(i))
}

function rowOf(
  { cells, line }: TableRecord,
  places: readonly number[],
  names: readonly string[] | null,
  width: number,
  { path, quoted: quotes, format }: ExampleSource,
): RawRow {
  const where = `${path}:${line}`
  const wrong = (found: string, expected: string): RawRow => ({ line, wrong: new InputError(where, found, expected) })
  if (cells.length === 1 && cells[0]?.trim() === '') return wrong('an empty line', 'a row (only the end may be empty)')
  if (cells.length > width) return wrong(`${cells.length} columns`, `${width} as in the first line`)
  const missing = places.find((place) => place >= cells.length)
  if (missing === undefined) return { line, cells: places.map((place) => cells[place]) }
  const name = names ? `column ${missing} ("${names[missing]}")` : `column ${missing}`
  const open = format === 'tsv' && quotes !== true && cells.some((cell) => /^"[^"]*$/.test(cell))
  const hint = open ? '; or quotes around cells: --quoted ("quoted": true in a scenario)' : ''
  return wrong(`a row of ${cells.length} column${cells.length === 1 ? '' : 's'}`, `${name} in every row${hint}`)
}

function position(column: ColumnChoice, names: readonly string[] | null, width: number, where: string): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < width) return column
    const there = names ? `the columns ${quoted(names)}` : `${width} column${width === 1 ? '' : 's'}`
    throw new InputError(where, `column ${column} asked for, but the line has ${there}`, `a position from 0 to ${width - 1}`)
  }
  const found = names?.indexOf(column) ?? -1
  if (found < 0) throw unknownColumn(where, 'column named', column, names ?? [])
  if (names!.lastIndexOf(column) !== found) {
    throw new InputError(where, `two columns named "${column}"`, 'different names, or a position counted from 0')
  }
  return found
}

/** Returns the first column that is given by name, if any. */
function columnsNamed({ text, label, pair }: ExampleSource): string | undefined {
  return [text, label, pair].flat().find((column) => typeof column === 'string')
}

function firstOf<T>(values: Iterable<T>, most: number): T[] {
  const first: T[] = []
  for (const value of values) if (first.push(value) >= most) break
  return first
}
