/** The scenario of one run of the comparison: one base, one method, one state of the public data, one seed, one budget. */
import { parseScenario, type Scenario } from '#shared/scenario/scenario.ts'
import { takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import { type Condition, CONDITIONS, publicUnder } from './conditions.ts'
import type { MethodEntry } from './method-entries.ts'

export interface RunChoice {
  readonly entry: MethodEntry
  readonly condition: Condition
  readonly seed: number
  /** The number of classes in the data. */
  readonly classes: number
  readonly learningRate: number
  /** The budget of forward passes per phone. */
  readonly passes: number
  /** The learning rate falls to 0 over the rounds of this many passes: a search must use the schedule of the whole run, not a shorter fall. */
  readonly horizonPasses: number
}

/** Forward passes per phone between two measurements of accuracy, at least. */
const EVALUATION_PASSES = 8

/** @throws InputError if the scenario does not allow the method */
export function runScenario(base: Scenario, { entry, condition, seed, classes, learningRate, passes, horizonPasses }: RunChoice): Scenario {
  const passesPerRound = entry.passesPerRound(classes)
  const rounds = Math.ceil(passes / passesPerRound)
  const given = base.method as Readonly<Record<string, unknown>>
  const common = Object.fromEntries(entry.common.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])))
  const { targetAccuracy } = base.stop
  // Newton steps have no rate that falls.
  const falling = takesNewtonSteps({ ...base, method: { kind: entry.kind } })
    ? {}
    : { horizonRounds: Math.ceil(horizonPasses / passesPerRound) }
  return parseScenario(
    {
      ...base,
      seed,
      data: { ...base.data, public: publicUnder(entry.seesPublic ? condition : CONDITIONS[0]!, base) },
      method: { kind: entry.kind, ...common, ...entry.settings, learningRate, ...falling },
      evaluation: { ...base.evaluation, every: Math.max(1, Math.round(EVALUATION_PASSES / passesPerRound)) },
      stop: { rounds, forwardPasses: passes, atTarget: false, ...(targetAccuracy !== undefined && { targetAccuracy }) },
    },
    `bench methods, ${entry.name}`,
  )
}
