/**
 * Cooper where phones can't tell how their loss bends (what privacy clips and blurs is no curvature), or where an optimiser is asked for:
 * it gives that optimiser a gradient.
 *
 *     guided:  abar_k = sum_i w_i a_ik, v_k = sum_i w_i^2 var(a_ik) ;  a_k <- abar_k max(0, 1 - v_k / abar_k^2)
 *     random:  r = Q/(Q + d + 1) sum_i w_i mean_j c_ij z_ij,  Q = q / sum_i w_i^2 ;   ghat = sum_k a_k u_k + r
 *
 * with w_i the phone's share of the private rows and var(a_ik) what its small batch adds. (The spread between phones is not noise: all of
 * them take part, and on skewed data they are meant to differ.) The factor of r makes it the estimate of least squared error, so that
 * both parts have the length that they explain of the gradient, and an optimiser's moments keep their meaning from one to the other.
 *
 * Guidance must be earned: each round follows the source whose expected decrease per forward pass is larger,
 *
 *     E_g = sum_k (abar_k^2 - v_k) / (2 K)
 *     E_r = G2 Q / (Q + d + 1) / (2 q),  G2 = mean over shared directions of cbar_j^2 - v_j
 *
 * both unbiased in what the phones' small batches add, and moving averages with decay .8: a round for E_g, a measurement for E_r, which is
 * rarer and noisier. The first rounds are guided: one noisy round is no verdict. What is measured for the choice alone is kept small.
 * Following the subspace, a few shared random directions keep E_r known, only now and then while E_g is far ahead. Following random
 * directions, a round is one of plain zeroth-order optimisation; once in a while, and less often the longer the subspace stays behind, a
 * round of as many passes looks at the subspace too, and what it finds there is part of its step.
 */
import { type WeightedEstimate, effectiveSamples, mean, movingAverage, weightedMean } from '../statistics.ts'
import { type CooperOptions, GUIDED_ROUND } from './cooper-options.ts'
import { type Method, type PhoneScalars, type StepSummary, type RoundPlan, randomRound, unmeasured } from './method.ts'
import { SourceChoice } from './source-choice.ts'

const DECAY = 0.8
const TRIAL_ROUNDS = 4

export function gradientCooper({ randomDirections, guidance, mixing, shrink, directions, monitors }: CooperOptions): Method {
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  const blockwise = directions === 'class-layer' ? { blockwise: true } : {}
  const guidedRound: RoundPlan = { ...GUIDED_ROUND, ...blockwise }
  let guidedEnergy: number | null = null
  let randomEnergy: number | null = null
  const choice = new SourceChoice()

  function plan(round: number): RoundPlan {
    if (guidance === 'never') return randomRound(randomDirections)
    if (hybrid) return { ...guidedRound, random: randomDirections, project: true }
    if (!switching) return guidedRound
    if (choice.source === 'guided') return { ...guidedRound, shared: monitorsDue(round) ? monitors : 0 }
    if (!choice.retryDue(round)) return randomRound(randomDirections)
    const shared = Math.min(monitors, randomDirections)
    const random = Math.max(0, randomDirections - shared - choice.basisSize)
    return { ...guidedRound, random, shared }
  }

  function monitorsDue(round: number): boolean {
    return round <= TRIAL_ROUNDS || choice.comparisonDue(round, guidedEnergy!, randomEnergy!)
  }

  function measure(round: number, reports: readonly PhoneScalars[], parameters: number): void {
    if (reports[0]!.guided.length > 0) {
      const energy = mean(columns(reports, 'guided').map(squaredMean)) / 2
      guidedEnergy = movingAverage(guidedEnergy, energy, DECAY ** (round - choice.lastGuided))
      choice.probedGuided(round, reports[0]!.guided.length)
    }
    if (reports[0]!.shared.length > 0) {
      const squares = columns(reports, 'shared').map(squaredMean)
      const explained = explainedShare(randomDirections * effectiveSamples(reports.map(({ weight }) => weight)), parameters)
      randomEnergy = movingAverage(randomEnergy, (mean(squares) * explained) / (2 * randomDirections), DECAY)
      choice.probedRandom(round)
    }
  }

  return {
    plan,
    withoutGuidance: () => (randomDirections > 0 ? randomRound(randomDirections) : null),
    aggregate(round, reports, parameters) {
      const guided = columns(reports, 'guided').map((estimates) => {
        const { value, variance } = weightedMean(estimates)
        return shrink ? shrunk(value, variance) : value
      })
      const both = hybrid || (choice.source === 'random' && guided.length > 0)
      // A round planned along the subspace may have had to do without it.
      const apart = guided.length === 0 && reports[0]!.random.length > 0 ? 'random' : choice.source
      const followed: StepSummary['source'] = both ? 'hybrid' : apart
      // A shared direction counts like one direction of every phone: sum_i w_i c_i is its derivative over all of them.
      const perPhone = reports[0]!.shared.length + reports[0]!.random.length
      const distinct = reports[0]!.shared.length + reports[0]!.random.length * effectiveSamples(reports.map(({ weight }) => weight))
      const scale = followed === 'guided' || perPhone === 0 ? 0 : explainedShare(distinct, parameters) / perPhone
      const random = reports.map(({ random: own, weight }) => own.map((c) => scale * weight * c))
      const shared = columns(reports, 'shared').map((estimates) => scale * weightedMean(estimates).value)
      measure(round, reports, parameters)
      if (switching && round >= TRIAL_ROUNDS) choice.choose(guidedEnergy!, randomEnergy!, guided.length > 0)
      return {
        aggregate: { guided, shared, random },
        summary: { ...unmeasured(followed), guidedEnergy, randomEnergy },
      }
    },
  }
}

/** Share of a gradient's squared length that its estimate from Q random directions explains: 1 / (1 + (d + 1) / Q). */
function explainedShare(directions: number, parameters: number): number {
  return directions / (directions + parameters + 1)
}

/** Positive-part James-Stein shrinkage of one coefficient towards 0 by the variance of its mean. */
function shrunk(value: number, variance: number): number {
  return value === 0 ? 0 : value * Math.max(0, 1 - variance / value ** 2)
}

/** Per direction of one kind, what the phones measured along it. */
function columns(reports: readonly PhoneScalars[], kind: 'guided' | 'shared'): WeightedEstimate[][] {
  return reports[0]![kind].map((_, k) => reports.map((report) => ({ ...report[kind][k]!, weight: report.weight })))
}

/** Unbiased estimate of the square of what the mean estimates. */
function squaredMean(estimates: readonly WeightedEstimate[]): number {
  const { value, variance } = weightedMean(estimates)
  return value ** 2 - variance
}
