/** Rows for a head that says a number, or each class by itself: what they are measured against, and what its outputs are called. */
import { InputError } from '#shared/errors/input-error.ts'
import { type ExampleSource, type ExampleTable, SkipCounter, pickRows } from '#main/data/examples.ts'
import { readExamples } from '#main/data/read-table.ts'
import type { ClassHead } from '#main/data/classes.ts'
import { type OtherProblem, type RowTargets, flagsOf, membershipsOf, numbersOf } from './other-problems.ts'

interface TargetRows {
  readonly table: ExampleTable
  /** The names of the outputs, in their order. */
  readonly labels: readonly string[]
  readonly targets: RowTargets
}

/**
 * Reads targets: the label column holds numbers, or the classes of each row; without a named column, each class has a column of its own.
 * @param rows the number of rows to read from the start
 * @throws InputError naming the file and the line
 */
export function readTargets(source: ExampleSource, { names, outputs }: ClassHead, problem: OtherProblem, rows?: number): TargetRows {
  const first = (table: ExampleTable): ExampleTable =>
    rows === undefined ? table : pickRows(table, [...table.texts.keys()].slice(0, rows))
  const count = outputs ?? names?.length ?? 1
  if (problem === 'regression') {
    if (count !== 1) throw new InputError('config.json', `a head of ${count} numbers`, 'regression of one number')
    const table = first(readExamples(source))
    return { table, labels: names ?? ['value'], targets: { problem, values: numbersOf(table) } }
  }
  const labels = names ?? Array.from({ length: count }, (_, i) => `LABEL_${i}`)
  if (source.label !== undefined) {
    const table = first(readExamples(source, { severalLabels: true }))
    return { table, labels, targets: { problem, values: membershipsOf(table, labels) } }
  }
  const columns = ofSameRows(labels.map((label) => readExamples({ ...source, label }))).map(first)
  const flags = columns.map((table, c) => flagsOf(table, labels[c]!))
  const values = Float64Array.from({ length: labels.length * flags[0]!.length }, (_, i) => {
    return flags[i % labels.length]![Math.floor(i / labels.length)]!
  })
  return { table: columns[0]!, labels, targets: { problem, values } }
}

/** The rows that every one of `tables` has, which are the same file with another label each. */
function ofSameRows(tables: readonly ExampleTable[]): ExampleTable[] {
  const keysOf = ({ lines, origins }: ExampleTable): string[] => lines.map((line, row) => `${origins?.[row] ?? 0}:${line}`)
  const keys = tables.map(keysOf)
  const counts = new Map<string, number>()
  for (const key of keys.flat()) counts.set(key, (counts.get(key) ?? 0) + 1)
  const kept = keys.map((own) => [...own.keys()].filter((row) => counts.get(own[row]!) === tables.length))
  const lost = keys[0]!.length - kept[0]!.length
  if (lost === 0 && keys.every((own) => own.length === kept[0]!.length)) return [...tables]
  const skipped = new SkipCounter(tables[0]!.skipped)
  const first = keys[0]!.findIndex((key) => counts.get(key) !== tables.length)
  if (lost > 0) skipped.add('nothing in the column of a class', tables[0]!.lines[first]!, lost)
  if (kept[0]!.length === 0) throw new InputError(tables[0]!.path, 'no row with 1 or 0 in the columns of all classes', 'at least one')
  return tables.map((table, i) => ({ ...pickRows(table, kept[i]!), skipped: skipped.all }))
}
