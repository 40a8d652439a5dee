/**
 * The form of Cooper that gives an optimiser a gradient. It is used where the scenario asks for an optimiser, and where phones can't measure the
 * curvature of their loss, since clipped and noised values are no curvature.
 *
 *     guided:  abar_k = sum_i w_i a_ik, v_k = sum_i w_i^2 var(a_ik) ;  a_k <- abar_k max(0, 1 - v_k / abar_k^2)
 *     random:  r = Q/(Q + d + 1) sum_i w_i mean_j c_ij z_ij,  Q = q / sum_i w_i^2 ;   ghat = sum_k a_k u_k + r
 *
 * with w_i the phone's share of the private rows and var(a_ik) the variance that its small batch adds. (The spread between phones is not noise: all
 * of them take part, and on skewed data they are meant to differ.) The factor of r makes it the estimate of least squared error: both parts then have
 * the length of the gradient that they explain, and an optimiser's moments mean the same when the source changes.
 *
 * Guidance must be earned: each round follows the source whose expected decrease per forward pass is larger,
 *
 *     E_g = sum_k (abar_k^2 - v_k) / (2 K)
 *     E_r = G2 Q / (Q + d + 1) / (2 q),  G2 = mean over shared directions of cbar_j^2 - v_j
 *
 * The noise of the phones' small batches biases neither. Both are moving averages with decay .8, over rounds for E_g and over measurements for E_r,
 * which are rarer and noisier. The first rounds are guided, because one noisy round is no verdict. Measurements that only serve the choice are few:
 * while the subspace is followed, a few shared random directions keep E_r known, and only now and then while E_g is far ahead. While random
 * directions are followed, a round is one of plain zeroth-order optimisation; once in a while, and less often the longer the subspace stays behind,
 * a round of as many passes probes the subspace too, and uses what it finds there for its step.
 */
import { own, shared } from '#main/wire/direction-request.ts'
import { effectiveSamples, mean, movingAverage } from '../statistics.ts'
import { type CommonDirection, commonDirections, isGuided, ownDirections } from './common-directions.ts'
import { type CooperOptions, guidedRound } from './cooper-options.ts'
import { type Method, type StepSummary, type RoundPlan, randomRound, unmeasured } from './method.ts'
import { SourceChoice } from './source-choice.ts'

const DECAY = 0.8
const TRIAL_ROUNDS = 4

export function gradientCooper(options: CooperOptions): Method {
  const { randomDirections, guidance, mixing, shrink, directions, monitors } = options
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  let guidedEnergy: number | null = null
  let randomEnergy: number | null = null
  const choice = new SourceChoice()

  function plan(round: number): RoundPlan {
    if (guidance === 'never') return randomRound(randomDirections)
    if (hybrid) {
      const layerwise = directions === 'class-layer' ? { layerwise: true } : {}
      return guidedRound(options, own(randomDirections, { projected: true, ...layerwise }))
    }
    if (!switching) return guidedRound(options)
    if (choice.source === 'guided') return monitorsDue(round) ? guidedRound(options, shared(monitors)) : guidedRound(options)
    if (!choice.retryDue(round)) return randomRound(randomDirections)
    const monitored = Math.min(monitors, randomDirections)
    return guidedRound(options, shared(monitored), own(Math.max(0, randomDirections - monitored - choice.basisSize)))
  }

  function monitorsDue(round: number): boolean {
    return round <= TRIAL_ROUNDS || choice.comparisonDue(round, guidedEnergy!, randomEnergy!)
  }

  function measure(round: number, common: readonly CommonDirection[], phones: number, parameters: number): void {
    const [guided, random] = [common.filter(isGuided), common.filter((each) => !isGuided(each))]
    if (guided.length > 0) {
      const energy = mean(guided.map(squaredMean)) / 2
      guidedEnergy = movingAverage(guidedEnergy, energy, DECAY ** (round - choice.lastGuided))
      choice.probedGuided(round, guided.length)
    }
    if (random.length > 0) {
      const explained = explainedShare(randomDirections * phones, parameters)
      randomEnergy = movingAverage(randomEnergy, (mean(random.map(squaredMean)) * explained) / (2 * randomDirections), DECAY)
      choice.probedRandom(round)
    }
  }

  return {
    plan,
    withoutGuidance: () => (randomDirections > 0 ? randomRound(randomDirections) : null),
    aggregate(round, reports, parameters) {
      const common = commonDirections(reports)
      const phones = effectiveSamples(reports.map(({ weight }) => weight))
      const count = { guided: common.filter(isGuided).length, own: ownDirections(reports[0]!).length }
      const both = hybrid || (choice.source === 'random' && count.guided > 0)
      // A round that was planned along the subspace may have had to do without guidance.
      const apart = count.guided === 0 && count.own > 0 ? 'random' : choice.source
      const followed: StepSummary['source'] = both ? 'hybrid' : apart
      // A shared direction counts like one direction of every phone: sum_i w_i c_i is its derivative over all of them.
      const monitored = common.length - count.guided
      const perPhone = monitored + count.own
      const scale = followed === 'guided' || perPhone === 0 ? 0 : explainedShare(monitored + count.own * phones, parameters) / perPhone
      const terms = [
        ...common.map((each) => {
          const { value, variance } = each.mean
          const guided = shrink ? shrunk(value, variance) : value
          return { direction: each.direction, coefficient: isGuided(each) ? guided : scale * value }
        }),
        ...reports.flatMap((report) =>
          ownDirections(report).map(({ direction, value }) => ({ direction, coefficient: scale * report.weight * value })),
        ),
      ]
      measure(round, common, phones, parameters)
      if (switching && round >= TRIAL_ROUNDS) choice.choose(guidedEnergy!, randomEnergy!, count.guided > 0)
      return { aggregate: { terms }, summary: { ...unmeasured(followed), guidedEnergy, randomEnergy } }
    },
  }
}

/** Returns the share of a gradient's squared length that its estimate from Q random directions explains: 1 / (1 + (d + 1) / Q). */
function explainedShare(directions: number, parameters: number): number {
  return directions / (directions + parameters + 1)
}

/** Positive-part James-Stein shrinkage of one coefficient towards 0 by the variance of its mean. */
function shrunk(value: number, variance: number): number {
  return value === 0 ? 0 : value * Math.max(0, 1 - variance / value ** 2)
}

/** Returns an unbiased estimate of the square of the true mean. */
function squaredMean({ mean: { value, variance } }: CommonDirection): number {
  return value ** 2 - variance
}
