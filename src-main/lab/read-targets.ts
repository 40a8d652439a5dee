/** Rows for a head that says a number, or each class by itself: what they are measured against, and what its outputs are called. */
import { InputError } from '#shared/errors/input-error.ts'
import { type ExampleSource, type ExampleTable, pickRows } from '#main/data/examples.ts'
import { readExamples } from '#main/data/read-table.ts'
import type { ClassHead } from '#main/data/classes.ts'
import { type OtherProblem, type Targets, flagsOf, membershipsOf, numbersOf } from './other-problems.ts'

export interface TargetRows {
  readonly table: ExampleTable
  /** Of the outputs, in their order. */
  readonly labels: readonly string[]
  readonly targets: Targets
}

/**
 * The label column holds numbers, or the classes of each row; where none is named, each class has a column of its own.
 * @param rows only so many from the start @throws InputError naming the file and the line
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
    const table = first(readExamples(source))
    return { table, labels, targets: { problem, values: membershipsOf(table, labels) } }
  }
  const columns = labels.map((label) => first(readExamples({ ...source, label })))
  const flags = columns.map((table, c) => flagsOf(table, labels[c]!))
  const values = Float64Array.from({ length: labels.length * flags[0]!.length }, (_, i) => {
    return flags[i % labels.length]![Math.floor(i / labels.length)]!
  })
  return { table: columns[0]!, labels, targets: { problem, values } }
}
