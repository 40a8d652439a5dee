/** Labels of one data set in the words of another. */
import { InputError } from '#shared/errors/input-error.ts'
import { type ExampleTable, pickRows } from './examples.ts'
import { shown } from './label-errors.ts'
import { wordIndex } from './label-words.ts'

/** Maps a label word to the one that replaces it, or to null if its rows are left out. */
type LabelMap = Readonly<Record<string, string | null>>

/**
 * `table` with each label replaced by the one `map` gives for it, without the rows that it leaves out. Labels that the map does not name
 * stay as they are.
 * @param labels what the map may name
 * @throws InputError for a target that is none of `labels`, a word that labels no row, or a map that leaves no row
 */
export function withMappedLabels(table: ExampleTable, map: LabelMap, labels: readonly string[], where: string): ExampleTable {
  const indexOf = wordIndex(labels)
  const there = new Set(table.labels)
  for (const [word, target] of Object.entries(map)) {
    const here = `${where}[${JSON.stringify(word)}]`
    if (!there.has(word)) throw new InputError(here, `no row of ${table.path} with this label`, `one of ${shown([...there])}`)
    if (target !== null && indexOf(target) === undefined)
      throw new InputError(here, JSON.stringify(target), `null or one of ${shown(labels)}`)
  }
  const mapped = table.labels.map((label) => (Object.hasOwn(map, label) ? map[label]! : label))
  const kept = mapped.flatMap((label, row) => (label === null ? [] : [row]))
  if (kept.length === 0) throw new InputError(where, 'null for every label', `a label for at least one of ${shown([...there])}`)
  const picked = pickRows(table, kept)
  return { ...picked, labels: kept.map((row) => mapped[row]!) }
}
