/** Gives each row of a table the class that its label stands for. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Classes } from './classes.ts'
import { type ExampleTable, type OnBadRow, SkipCounter, type SkippedRows, pickRows } from './examples.ts'
import { refusal, shown } from './label-errors.ts'
import { firstNumberOf, isFraction, meansNoClass, wholeNumber, wordIndex } from './label-words.ts'

/** The rows of a class, and the words that stand for it. */
interface ClassCount {
  readonly label: string
  readonly index: number
  readonly rows: number
  /** The words that stand for the class in the data, if they differ from `label`. */
  readonly words: readonly string[]
}

export interface ClassedTable {
  /** The table without the rows that were left out. */
  readonly table: ExampleTable
  /** Class index of each row, shape [rows]. */
  readonly indices: Int32Array
  readonly counts: readonly ClassCount[]
  readonly skipped: readonly SkippedRows[]
}

/**
 * Class index of each row of `table`.
 * @param onBadRow whether rows without a class of these end it with an error or are left out @throws InputError at the first such row
 */
export function classify(table: ExampleTable, { labels, also, firstNumber }: Classes, onBadRow: OnBadRow = 'refuse'): ClassedTable {
  const named = wordIndex(labels)
  const own = table.classNames
  const first = firstNumber === null ? null : firstNumberIn(table, firstNumber, labels.length)
  const indexOf = (word: string): number | undefined => {
    const index = named(word) ?? also.get(word)
    if (index !== undefined) return index
    const number = wholeNumber(word)
    const byNumbers =
      number === null ? undefined : (named(String(number)) ?? also.get(String(number)) ?? (first === null ? undefined : number - first))
    if (byNumbers !== undefined) return byNumbers >= 0 && byNumbers < labels.length ? byNumbers : undefined
    // A class name that the data declares stands for its number where the model's classes are numbers.
    const ownNumber = own?.indexOf(word) ?? -1
    return ownNumber >= 0 ? named(String(ownNumber)) : undefined
  }
  const known = new Map<string, number | undefined>()
  const indices: number[] = []
  const kept: number[] = []
  const counts = labels.map((label, index) => ({ label, index, rows: 0, words: new Set<string>() }))
  const skipped = new SkipCounter(table.skipped)
  for (const [row, word] of table.labels.entries()) {
    if (!known.has(word)) known.set(word, indexOf(word))
    const index = known.get(word)
    const line = table.lines[row] ?? row + 1
    if (index === undefined) {
      if (onBadRow === 'skip') skipped.add(reasonOf(word), line)
      else throw refusal(table.path, line, word, labels)
      continue
    }
    indices.push(index)
    kept.push(row)
    const count = counts[index]!
    count.rows++
    if (word !== count.label) count.words.add(word)
  }
  if (kept.length === 0) throw new InputError(table.path, `no row with one of the classes ${shown(labels)}`, 'at least one')
  const left = skipped.all
  const whole = kept.length === table.labels.length
  return {
    table: whole ? table : { ...pickRows(table, kept), skipped: left },
    indices: Int32Array.from(indices),
    counts: counts.map(({ words, ...count }) => ({ ...count, words: [...words] })),
    skipped: left,
  }
}

/** The number of class 0 in another table than the one that decided. */
function firstNumberIn(table: ExampleTable, usual: number, count: number): number {
  const numbers = [...new Set(table.labels)].map(wholeNumber).filter((number) => number !== null && number >= 0) as number[]
  if (usual === 1) return numbers.includes(0) ? 0 : 1
  return firstNumberOf(numbers.map(String), count) ?? usual
}

function reasonOf(word: string): string {
  if (meansNoClass(word)) return `the label "${word}", which means no class`
  return isFraction(word) ? 'a number with a fraction for a label' : `the unknown label "${word}"`
}
