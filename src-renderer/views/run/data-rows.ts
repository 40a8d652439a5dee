/** Turns the report on the data into rows of a table: one per class, with its rows in every set. */
import type { ColumnsReport, DataReport, SessionData } from '#shared/events/data-report.ts'

const SETS = ['train', 'test', 'public'] as const
type SetName = (typeof SETS)[number]

interface ClassRow {
  readonly index: number
  readonly label: string
  /** Words that stand for it in any of the sets, where they are others than its name. */
  readonly words: readonly string[]
  /** The number of rows by set, in the order of `setsOf`. */
  readonly rows: readonly number[]
}

/** A remark on a set: rows that don't count, or not whole, and texts that nothing reads. */
export type DataNote =
  | { readonly set: SetName; readonly kind: 'skipped'; readonly rows: number; readonly why: string; readonly line: number }
  | { readonly set: SetName; readonly kind: 'cut'; readonly rows: number; readonly of: number; readonly tokens: number }
  | { readonly set: SetName; readonly kind: 'unused'; readonly column: string }
  | { readonly set: SetName; readonly kind: 'empty'; readonly classes: readonly string[] }

/** The sets that have a source of their own. */
export function setsOf(data: SessionData): SetName[] {
  return SETS.filter((name) => data[name] !== undefined)
}

/** Returns the table's rows; none where rows of the data have no classes. */
export function classRows(data: SessionData): ClassRow[] {
  const sets = setsOf(data).map((name) => data[name]!)
  return (data.train.classes ?? []).map(({ index, label }) => {
    const counts = sets.map(({ classes }) => classes?.[index])
    return {
      index,
      label,
      words: [...new Set(counts.flatMap((count) => count?.words ?? []))],
      rows: counts.map((count) => count?.rows ?? 0),
    }
  })
}

/** Sets whose columns are to be told: all, or the first one where the others are read alike; none of the built-in corpus. */
export function columnSets(data: SessionData): { readonly sets: readonly SetName[]; readonly columns: ColumnsReport }[] {
  const told = setsOf(data).flatMap((name) => (data[name]!.columns ? [{ name, columns: data[name]!.columns }] : []))
  const alike = Map.groupBy(told, ({ columns: { text, label, pair, header } }) => JSON.stringify([text, label, pair, header]))
  return [...alike.values()].map((same) => ({ sets: same.map(({ name }) => name), columns: same[0]!.columns }))
}

/** Lists the remarks in the order of the sets; in each set the loss of rows comes first. */
export function dataNotes(data: SessionData): DataNote[] {
  return setsOf(data).flatMap((set) => notesOf(set, data[set]!))
}

function notesOf(set: SetName, { columns, classes, skipped, cut }: DataReport): DataNote[] {
  const empty = (classes ?? []).filter(({ rows }) => rows === 0).map(({ label }) => label)
  return [
    ...skipped.map((reason): DataNote => ({ set, kind: 'skipped', ...reason })),
    ...(empty.length > 0 && set === 'train' ? [{ set, kind: 'empty', classes: empty } as const] : []),
    ...(cut && cut.rows > 0 ? [{ set, kind: 'cut', ...cut } as const] : []),
    ...(columns?.unused ?? []).map((column): DataNote => ({ set, kind: 'unused', column: String(column) })),
  ]
}
