/** The interface of a table before its columns are known: each format's reader returns one, and the rest of the lab sees nothing else. */
import type { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice } from '../examples.ts'

export type RawRow =
  | { readonly line: number; readonly cells: readonly unknown[]; readonly wrong?: undefined }
  /** A row that can't be read, with the reason. */
  | { readonly line: number; readonly cells?: undefined; readonly wrong: InputError }

export interface RawTable {
  /** Names of the columns in their order; null where nothing names them. */
  readonly names: readonly string[] | null
  /** The number of columns. */
  readonly width: number
  /** True if the first line was found to name the columns; absent where the format has names of its own. */
  readonly header?: boolean
  /** Names of the classes of a column in the order of their numbers, where the source says them. */
  classNames(column: ColumnChoice): readonly string[] | null
  /** The first rows whole, cells in the order of the columns. */
  sample(): readonly (readonly unknown[])[]
  /** Iterates over every row's values in the given columns. @throws InputError for a column that isn't there */
  rows(columns: readonly ColumnChoice[]): Iterable<RawRow>
}

/** The number of rows that are looked at to find out what the columns are. */
export const SAMPLE_ROWS = 200

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`
}

/** Returns the values behind a path of keys such as `translation.en`; undefined where there is none. */
export function valueBehind(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  )
}

/** Cells of the first rows, by which columns are recognised. */
export function firstCells(rows: Iterable<RawRow>): (readonly unknown[])[] {
  const first: (readonly unknown[])[] = []
  for (const { cells } of rows) if (cells && first.push(cells) >= SAMPLE_ROWS) break
  return first
}

/** Words a library's error about a file. A library that stumbles over damaged bytes talks about its own code, so its words are replaced. */
export function wordsOf(error: unknown): string {
  return error instanceof TypeError || !(error instanceof Error) ? 'a damaged description of its columns' : error.message
}
