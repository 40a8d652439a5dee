/** The comparison as one table: a row for each scenario, state of the public data and method. */
import type { BenchTable } from '../bench-definition.ts'
import type { MethodResult, ScenarioResult } from './comparison.ts'
import { COST_FORMATS, type MedianText, bytesFigure, figureText, percentFigure, reachFigure } from './figures-as-text.ts'

/** Titles of the cells of `methodCells`. */
export const METHOD_COLUMNS = [
  'method',
  'learning rate',
  'final accuracy',
  'passes to target',
  'virtual time to target',
  'bytes to target',
  'memory above idle',
] as const

/** Returns the row of one method under one condition; costs are per phone. */
export function methodCells({ method, learningRate, finalAccuracy, target, memoryAboveIdleBytes }: MethodResult): MedianText[] {
  const plain = (median: string): MedianText => ({ median, range: null })
  const onPhones = memoryAboveIdleBytes !== null
  return [
    plain(method),
    plain(String(learningRate)),
    percentFigure(finalAccuracy),
    onPhones ? reachFigure(target.passes, COST_FORMATS.passes) : plain('–'),
    reachFigure(target.seconds, COST_FORMATS.seconds),
    onPhones ? reachFigure(target.bytes, COST_FORMATS.bytes) : plain('–'),
    onPhones ? bytesFigure(memoryAboveIdleBytes) : plain('–'),
  ]
}

export function resultTable(scenarios: readonly ScenarioResult[]): BenchTable {
  return {
    columns: ['scenario', 'public data', ...METHOD_COLUMNS],
    rows: scenarios.flatMap(({ name, conditions }) =>
      conditions.flatMap(({ condition, methods }) => methods.map((method) => [name, condition, ...methodCells(method).map(figureText)])),
    ),
  }
}
