/**
 * Cooper: guided-subspace probing. The cloud supplies directions only; sign and length of every step come from private data, so bad
 * public data costs probes, not correctness (after CooperLLM, arXiv 2601.12917).
 *
 *     guided:  abar_k = sum_i w_i a_ik, v_k = sum_i w_i^2 var(a_ik) ;  a_k <- abar_k max(0, 1 - v_k / abar_k^2)
 *     random:  ghat = sum_i w_i mean_j c_ij z_ij
 *
 * with w_i the phone's share of the private rows and var(a_ik) what its small batch adds. (The spread between phones is not noise: all of
 * them take part, and on skewed data they are meant to differ.) Guidance must be earned: each round follows the source whose expected decrease per
 * forward pass is larger,
 *
 *     E_g = sum_k (abar_k^2 - v_k) / (2 K)
 *     E_r = G2 Q / (Q + d + 1) / (2 q),  Q = q / sum_i w_i^2,  G2 = mean over shared directions of cbar_j^2 - v_j
 *
 * both unbiased in what the phones' small batches add, and moving averages with decay .8. The first rounds are guided: one noisy round is
 * no verdict. Following random directions, the subspace is probed again every few rounds, and less often the
 * longer it stays behind; following the subspace, a few shared random directions keep E_r known.
 */
import { type Estimate, effectiveSamples, movingAverage, weightedMean } from '../statistics.ts'
import type { Method, PhoneScalars, Rectification, RoundPlan } from './method.ts'

export interface CooperOptions {
  /** q: random directions per phone in a random (or hybrid) round. */
  readonly randomDirections: number
  /** Choose the source each round (earned), or always follow the subspace. */
  readonly guidance: 'earned' | 'always'
  /** One source per round, or both in every round. */
  readonly mixing: 'switch' | 'hybrid'
  readonly shrink: boolean
  /** Shared random directions in a guided round. */
  readonly monitors: number
}

const DECAY = 0.8
const TRIAL_ROUNDS = 4
const FIRST_RETRY_ROUNDS = 4
const LAST_RETRY_ROUNDS = 32

export function cooper({ randomDirections, guidance, mixing, shrink, monitors }: CooperOptions): Method {
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  let guidedEnergy: number | null = null
  let randomEnergy: number | null = null
  let source: 'guided' | 'random' = 'guided'
  let lastGuided = 0
  let retryRounds = FIRST_RETRY_ROUNDS

  function plan(round: number): RoundPlan {
    if (hybrid) return { guidance: true, guided: true, random: randomDirections, shared: 0, project: true }
    if (!switching) return { guidance: true, guided: true, random: 0, shared: 0, project: false }
    if (source === 'guided') return { guidance: true, guided: true, random: 0, shared: monitors, project: false }
    const again = round - lastGuided >= retryRounds
    const shared = Math.min(monitors, randomDirections)
    return { guidance: again, guided: again, random: randomDirections - shared, shared, project: false }
  }

  function measure(round: number, reports: readonly PhoneScalars[], parameters: number): void {
    if (reports[0]!.guided.length > 0) {
      lastGuided = round
      guidedEnergy = movingAverage(guidedEnergy, mean(columns(reports, 'guided').map(squaredMean)) / 2, DECAY)
    }
    if (reports[0]!.shared.length > 0) {
      const squares = columns(reports, 'shared').map(squaredMean)
      const total = randomDirections * effectiveSamples(reports.map(({ weight }) => weight))
      randomEnergy = movingAverage(randomEnergy, (mean(squares) * total) / (total + parameters + 1) / (2 * randomDirections), DECAY)
    }
  }

  /** The source of the next round, from what was measured so far. */
  function choose(probedGuided: boolean): void {
    const next = guidedEnergy! >= randomEnergy! ? 'guided' : 'random'
    if (next === 'guided') retryRounds = FIRST_RETRY_ROUNDS
    else if (source === 'random' && probedGuided) retryRounds = Math.min(LAST_RETRY_ROUNDS, 2 * retryRounds)
    source = next
  }

  return {
    plan,
    aggregate(round, reports, parameters) {
      const followed: Rectification['source'] = hybrid ? 'hybrid' : source
      const guided = columns(reports, 'guided').map((estimates) => {
        const { value, variance } = weightedMean(estimates)
        return shrink ? shrunk(value, variance) : value
      })
      // A shared direction counts like one direction of every phone: sum_i w_i c_i is its derivative over all of them.
      const perPhone = reports[0]!.random.length + (followed === 'random' ? reports[0]!.shared.length : 0)
      const random = reports.map(({ random: own, weight }) => own.map((c) => (weight * c) / perPhone))
      const shared = columns(reports, 'shared').map((estimates) => weightedMean(estimates).value / perPhone)
      measure(round, reports, parameters)
      if (switching && round >= TRIAL_ROUNDS) choose(guided.length > 0)
      return {
        aggregate: {
          guided: followed === 'random' ? guided.map(() => 0) : guided,
          shared: followed === 'random' ? shared : shared.map(() => 0),
          random,
        },
        rectification: { source: followed, guidedEnergy, randomEnergy },
      }
    },
  }
}

/** Positive-part James-Stein shrinkage of one coefficient towards 0 by the variance of its mean. */
function shrunk(value: number, variance: number): number {
  return value === 0 ? 0 : value * Math.max(0, 1 - variance / value ** 2)
}

/** Per direction of one kind, what the phones measured along it. */
function columns(reports: readonly PhoneScalars[], kind: 'guided' | 'shared'): Estimate[][] {
  return reports[0]![kind].map((_, k) => reports.map((report) => ({ ...report[kind][k]!, weight: report.weight })))
}

/** Unbiased estimate of the square of what the mean estimates. */
function squaredMean(estimates: readonly Estimate[]): number {
  const { value, variance } = weightedMean(estimates)
  return value ** 2 - variance
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length
}
