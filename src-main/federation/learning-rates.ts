/**
 * Learning rates by round, which fall linearly to 0 over the horizon. Newton steps choose their own length, so their rate falls only where the
 * scenario names one. Where phones take local steps, only the rate that sets the length of the update falls: the local rate if the server adds the
 * averaged change (sgd), the server's rate if the change is a gradient for Adam, which normalises its length away (Reddi et al. 2021, arXiv 2003.00295).
 */
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { firstLearningRate, takesNewtonSteps } from '#shared/scenario/newton-steps.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

export interface LearningRates {
  /** The learning rate of the update that everybody applies. */
  readonly server: (round: number) => number
  /** The learning rate of the phones' own steps; 0 where they take none. */
  readonly local: (round: number) => number
}

/** The default learning rate of Adam where the averaged change is its gradient. */
const SERVER_ADAM = 0.01

export function learningRates(scenario: Pick<Scenario, 'method' | 'stop' | 'federation' | 'task'>): LearningRates {
  const { method, stop } = scenario
  const horizon = method.horizonRounds ?? (takesNewtonSteps(scenario) ? Infinity : stop.rounds)
  const falling = (rate: number) => (round: number) => rate * Math.max(0, 1 - (round - 1) / horizon)
  const steady = (rate: number) => () => rate
  const { ownSteps } = traitsOf(method)
  if (ownSteps === null) return { server: falling(firstLearningRate(scenario)), local: steady(0) }
  return method.optimiser === 'sgd'
    ? { server: steady(ownSteps.serverLearningRate ?? 1), local: falling(ownSteps.learningRate) }
    : { server: falling(ownSteps.serverLearningRate ?? SERVER_ADAM), local: steady(ownSteps.learningRate) }
}
