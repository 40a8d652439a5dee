/** A table of any format before anything is known of its columns: what each format's reader gives, and all that the rest sees of it. */
import type { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice } from '../examples.ts'

export type RawRow =
  | { readonly line: number; readonly cells: readonly unknown[]; readonly wrong?: undefined }
  /** A row that can't be read, and why. */
  | { readonly line: number; readonly cells?: undefined; readonly wrong: InputError }

export interface RawTable {
  /** Names of the columns in their order; null where nothing names them. */
  readonly names: readonly string[] | null
  /** Number of columns. */
  readonly width: number
  /** Whether the first line was found to name the columns; absent where the format has names of its own. */
  readonly header?: boolean
  /** Names of the classes of a column in the order of their numbers, where the source says them. */
  classNames(column: ColumnChoice): readonly string[] | null
  /** The first rows whole, cells in the order of the columns. */
  sample(): readonly (readonly unknown[])[]
  /** Every row's values of some columns. @throws InputError for a column that isn't there */
  rows(columns: readonly ColumnChoice[]): Iterable<RawRow>
}

/** So many rows are looked at to find out what the columns are. */
export const SAMPLE_ROWS = 200

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`
}

/** The values behind a path of keys such as `translation.en`; undefined where there is none. */
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

/** What a library found wrong with a file. Where it stumbled over what isn't there, its words are about its code. */
export function wordsOf(error: unknown): string {
  return error instanceof TypeError || !(error instanceof Error) ? 'a damaged description of its columns' : error.message
}
