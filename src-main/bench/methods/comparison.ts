/** The comparison as figures: what tables, plots and statements show. Plain JSON; costs are per phone. */
import { firstLearningRate } from '#shared/scenario/newton-steps.ts'
import type { Trial } from './search.ts'
import { type MethodEntry, UNGUIDED } from './method-entries.ts'
import type { RunResult } from './run-result.ts'
import {
  type AxisName,
  type CurvePoint,
  type CostPoint,
  type MedianRange,
  type ReachRange,
  accuracyAt,
  curveOf,
  passesToLoss,
  pointsOf,
  rangeOf,
  reachOf,
  reachRange,
} from './run-statistics.ts'

/** The runs of one method under one condition, one per seed. */
export interface MethodRuns {
  readonly entry: MethodEntry
  readonly records: readonly RunResult[]
}

export interface MethodResult {
  readonly method: string
  readonly plain: boolean
  readonly learningRate: number
  /** The accuracy of the last measurement within the budget. */
  readonly finalAccuracy: MedianRange
  /** The cost of reaching the target. */
  readonly target: Readonly<Record<Exclude<AxisName, 'rounds'>, ReachRange>>
  /** A worker's largest resident size less the idle worker's, over phones and seeds; null without phones. */
  readonly memoryAboveIdleBytes: MedianRange | null
  /** Rounds of all seeds by what they followed. */
  readonly sources: Readonly<Record<string, number>>
  readonly curve: readonly CurvePoint[]
  readonly runs: readonly {
    readonly seed: number
    readonly digest: string | null
    readonly failure: string | null
    readonly key: string
    readonly wallSeconds: number
    readonly capHits: number
  }[]
}

/** A comparison of one method with the best plain zeroth-order one, medians against medians. */
export interface Statement {
  readonly method: string
  readonly rival: string
  /** Difference of final accuracies at equal budget. */
  readonly accuracyGain: number
  /** The rival's cost to the target over the method's. */
  readonly toTarget: Readonly<Record<'passes' | 'seconds', Ratio | null>>
  /** The same, to the accuracy the rival ends with. */
  readonly toRivalAccuracy: Readonly<Record<'passes' | 'seconds', Ratio | null>>
  readonly rivalAccuracy: number
  /** The difference of the final accuracy to that of the cloud alone; null for the cloud alone, or where it was not run. */
  readonly overCloudOnly: number | null
  /** The gain of guidance over cooper's steps without it; null for other methods, or where the control was not run. */
  readonly overUnguided: OverUnguided | null
}

interface OverUnguided {
  /** Difference to the final accuracy of the control. */
  readonly accuracyGain: number
  /** The control's forward passes over the method's, to the test loss that the control ends with. */
  readonly toItsLoss: Ratio | null
}

export interface Ratio {
  readonly times: number
  /** exact: both got there · at-least: the rival did not · at-most: the method did not. */
  readonly kind: 'exact' | 'at-least' | 'at-most'
}

export interface ConditionResult {
  readonly condition: string
  readonly title: string
  readonly target: { readonly accuracy: number; readonly from: string }
  readonly methods: readonly MethodResult[]
  readonly statements: readonly Statement[]
}

export interface SearchResult {
  readonly method: string
  readonly trials: readonly Trial[]
  readonly chosen: number
}

export interface ScenarioResult {
  readonly name: string
  readonly checkpoint: string
  readonly phones: number
  readonly passes: number
  readonly searchPasses: number
  readonly searchSeed: number
  readonly seeds: readonly number[]
  readonly searches: readonly SearchResult[]
  readonly conditions: readonly ConditionResult[]
}

/**
 * @param passes budget per phone
 * @param wanted the target, or null: then what the best plain zeroth-order method ends with
 */
export function compare(
  condition: { readonly name: string; readonly title: string },
  methods: readonly MethodRuns[],
  passes: number,
  wanted: number | null,
): ConditionResult {
  const target = wanted === null ? ownTarget(methods, passes) : { accuracy: wanted, from: 'given by the scenario' }
  const results = methods.map((method) => resultOf(method, passes, target.accuracy))
  const rival = bestPlain(results)
  const statements = results.flatMap((result) => (rival === null || result.plain ? [] : [statement(result, rival, methods, passes)]))
  return { condition: condition.name, title: condition.title, target, methods: results, statements }
}

function ownTarget(methods: readonly MethodRuns[], passes: number): ConditionResult['target'] {
  const plain = methods.filter(({ entry }) => entry.plain)
  const from = plain.length > 0 ? 'the final accuracy of the best plain zeroth-order method' : 'the lowest final accuracy'
  const finals = (plain.length > 0 ? plain : methods).map((method) => finalMedian(method, passes))
  return { accuracy: plain.length > 0 ? Math.max(...finals) : Math.min(...finals), from }
}

function finalAccuracies({ records }: MethodRuns, passes: number): number[] {
  return records.map((record) => accuracyAt(pointsOf(record), passes))
}

function finalMedian(runs: MethodRuns, passes: number): number {
  return rangeOf(finalAccuracies(runs, passes)).median
}

function resultOf(runs: MethodRuns, passes: number, target: number): MethodResult {
  const { entry, records } = runs
  const points = records.map(pointsOf)
  const memory = records.flatMap(({ phones }) => phones.flatMap((p) => (p.idleBytes > 0 ? [p.peakBytes - p.idleBytes] : [])))
  return {
    method: entry.name,
    plain: entry.plain,
    learningRate: firstLearningRate(records[0]!.scenario),
    finalAccuracy: rangeOf(finalAccuracies(runs, passes)),
    target: {
      passes: reachRange(points.map((run) => reachOf(run, target, 'passes'))),
      bytes: reachRange(points.map((run) => reachOf(run, target, 'bytes'))),
      seconds: reachRange(points.map((run) => reachOf(run, target, 'seconds'))),
    },
    memoryAboveIdleBytes: memory.length === 0 ? null : rangeOf(memory),
    sources: totals(records.map(({ sources }) => sources)),
    curve: curveOf(points),
    runs: records.map(({ scenario, digest, failure, key, wallSeconds, phones }) => ({
      seed: scenario.seed,
      digest,
      failure,
      key,
      wallSeconds,
      capHits: phones.reduce((sum, { capHits }) => sum + capHits, 0),
    })),
  }
}

function totals(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of counts.flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

/** The one with the highest median final accuracy; of equal ones that which reached the target for less. */
function bestPlain(results: readonly MethodResult[]): MethodResult | null {
  const sorted = results
    .filter(({ plain }) => plain)
    .toSorted((a, b) => b.finalAccuracy.median - a.finalAccuracy.median || a.target.passes.median.cost - b.target.passes.median.cost)
  return sorted[0] ?? null
}

function statement(result: MethodResult, rival: MethodResult, methods: readonly MethodRuns[], passes: number): Statement {
  const rivalAccuracy = rival.finalAccuracy.median
  const reach = (name: string, axis: AxisName): ReachRange =>
    reachRange(methods.find(({ entry }) => entry.name === name)!.records.map((record) => reachOf(pointsOf(record), rivalAccuracy, axis)))
  const fairly = (axis: 'passes' | 'seconds'): Ratio | null => ratioOf(reach(rival.method, axis), reach(result.method, axis))
  const alone = result.method === 'cloud-only' ? undefined : methods.find(({ entry }) => entry.name === 'cloud-only')
  // Without phones there are no passes to compare.
  const hasPasses = result.memoryAboveIdleBytes !== null && passes > 0
  return {
    method: result.method,
    rival: rival.method,
    accuracyGain: result.finalAccuracy.median - rivalAccuracy,
    toTarget: {
      passes: hasPasses ? ratioOf(rival.target.passes, result.target.passes) : null,
      seconds: ratioOf(rival.target.seconds, result.target.seconds),
    },
    toRivalAccuracy: { passes: hasPasses ? fairly('passes') : null, seconds: fairly('seconds') },
    rivalAccuracy,
    overUnguided: overUnguided(result.method, methods, passes),
    overCloudOnly: alone ? result.finalAccuracy.median - finalMedian(alone, passes) : null,
  }
}

/** Loss is smoother than accuracy, and read between measurements: what guidance may cost is less than a round. */
function overUnguided(method: string, methods: readonly MethodRuns[], passes: number): OverUnguided | null {
  const [own, control] = ['cooper', UNGUIDED].map((name) => methods.find(({ entry }) => entry.name === name))
  if (method !== 'cooper' || !own || !control) return null
  const pointsIn = ({ records }: MethodRuns): CostPoint[][] =>
    records.map((record) => pointsOf(record).filter((point) => point.passes <= passes))
  const { median: level } = rangeOf(pointsIn(control).map((points) => points.at(-1)!.loss))
  const reach = (runs: MethodRuns): ReachRange => reachRange(pointsIn(runs).map((points) => passesToLoss(points, level)))
  return { accuracyGain: finalMedian(own, passes) - finalMedian(control, passes), toItsLoss: ratioOf(reach(control), reach(own)) }
}

/** Returns how many times less the second cost; null where neither reached the target, or where it began there. */
function ratioOf({ median: rival }: ReachRange, { median: own }: ReachRange): Ratio | null {
  if (own.cost === 0 || rival.cost === 0 || (!rival.reached && !own.reached)) return null
  return { times: rival.cost / own.cost, kind: !rival.reached ? 'at-least' : !own.reached ? 'at-most' : 'exact' }
}
