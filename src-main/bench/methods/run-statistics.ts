/** Statistics over runs with different seeds: medians and ranges, and the cost of reaching an accuracy. */
import { median } from '../bench-definition.ts'
import type { RunResult } from './run-result.ts'

/** The costs against which accuracy is plotted; passes and bytes are means per phone. */
export type AxisName = 'rounds' | 'passes' | 'bytes' | 'seconds'
const AXES: readonly AxisName[] = ['rounds', 'passes', 'bytes', 'seconds']

export interface CostPoint {
  readonly rounds: number
  readonly passes: number
  readonly bytes: number
  readonly seconds: number
  readonly accuracy: number
  readonly loss: number
}

export interface MedianRange {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The cost of reaching an accuracy. Where it was not reached, `cost` is what was spent without reaching it. */
export interface Reach {
  readonly reached: boolean
  readonly cost: number
}

/** The reach over several seeds. If a run in the middle did not reach the accuracy, the true median is larger than that of `median`. */
export interface ReachRange {
  readonly median: Reach
  readonly least: Reach
  readonly most: Reach
  /** The number of runs that reached it; `runs` counts all. */
  readonly reached: number
  readonly runs: number
}

/** A point of a curve: one evaluation, over all seeds. */
export interface CurvePoint extends MedianRange {
  /** The medians over the seeds. */
  readonly at: Readonly<Record<AxisName, number>>
}

export function pointsOf({ history, phones }: RunResult): CostPoint[] {
  return history.map(({ round, forwardPasses, bytesDown, bytesUp, virtualSeconds, accuracy, loss }) => ({
    rounds: round,
    passes: forwardPasses / phones.length,
    bytes: (bytesDown + bytesUp) / phones.length,
    seconds: virtualSeconds,
    accuracy,
    loss,
  }))
}

export function rangeOf(values: readonly number[]): MedianRange {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** The accuracy measured last within the budget. */
export function accuracyAt(points: readonly CostPoint[], passes: number): number {
  return points.findLast((point) => point.passes <= passes)!.accuracy
}

/** Mean of the last values, two at most: one measurement alone is a matter of luck. */
export function meanOfLast(values: readonly number[]): number {
  const last = values.slice(-2)
  return last.reduce((sum, value) => sum + value, 0) / last.length
}

/** The cost at the first measurement of at least `target`. */
export function reachOf(points: readonly CostPoint[], target: number, axis: AxisName): Reach {
  const first = points.find(({ accuracy }) => accuracy >= target)
  return first ? { reached: true, cost: first[axis] } : { reached: false, cost: points.at(-1)![axis] }
}

/** Passes to a test loss of at most `level`, linear between measurements. */
export function passesToLoss(points: readonly CostPoint[], level: number): Reach {
  const i = points.findIndex(({ loss }) => loss <= level)
  if (i < 0) return { reached: false, cost: points.at(-1)!.passes }
  const [before, after] = [points[Math.max(0, i - 1)]!, points[i]!]
  const share = before.loss > level ? (before.loss - level) / (before.loss - after.loss) : 0
  return { reached: true, cost: before.passes + share * (after.passes - before.passes) }
}

/** Runs that did not reach it count as more costly than all that did. */
export function reachRange(reaches: readonly Reach[]): ReachRange {
  const sorted = reaches.toSorted(byCost)
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!]
  const middle: Reach = high.reached ? { reached: true, cost: (low.cost + high.cost) / 2 } : { reached: false, cost: high.cost }
  return {
    median: middle,
    least: sorted[0]!,
    most: sorted.at(-1)!,
    reached: reaches.filter(({ reached }) => reached).length,
    runs: reaches.length,
  }
}

/** Evaluations that all seeds have, one by one. */
export function curveOf(runs: readonly (readonly CostPoint[])[]): CurvePoint[] {
  const length = Math.min(...runs.map((points) => points.length))
  return Array.from({ length }, (_, i) => {
    const points = runs.map((run) => run[i]!)
    const at = Object.fromEntries(AXES.map((axis) => [axis, median(points.map((point) => point[axis]))])) as Record<AxisName, number>
    return { at, ...rangeOf(points.map(({ accuracy }) => accuracy)) }
  })
}

function byCost(a: Reach, b: Reach): number {
  return Number(b.reached) - Number(a.reached) || a.cost - b.cost
}
