/**
 * Cooper: guided-subspace probing. The cloud supplies directions only; sign and length of every step come from private data, so bad
 * public data costs probes, not correctness (after CooperLLM, arXiv 2601.12917).
 *
 *     guided:  abar_k = mean_i a_ik, s_k^2 = var_i a_ik ;  a_k <- abar_k max(0, 1 - (s_k^2 / n) / abar_k^2)
 *     random:  ghat = mean_ij c_ij z_ij
 *
 * Guidance must be earned: each round follows the source whose expected decrease per forward pass is larger,
 *
 *     E_g = sum_k (abar_k^2 - s_k^2 / n) / (2 K)
 *     E_r = G2 Q / (Q + d + 1) / (2 q),  Q = n q,  G2 = mean over shared directions of (mean_i c_ij)^2
 *
 * both as moving averages with decay .8. Following random directions, the subspace is probed again every few rounds, and less often the
 * longer it stays behind; following the subspace, a few shared random directions keep E_r known.
 */
import { column, mean, movingAverage, variance } from '../statistics.ts'
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
    const n = reports.length
    const directions = reports[0]!.guided.length
    if (directions > 0) {
      lastGuided = round
      const energies = Array.from({ length: directions }, (_, k) => {
        const values = column(reports.map((r) => r.guided), k)
        return mean(values) ** 2 - variance(values) / n
      })
      guidedEnergy = movingAverage(guidedEnergy, mean(energies) / 2, DECAY)
    }
    const shared = reports[0]!.shared.length
    if (shared > 0) {
      const squares = Array.from({ length: shared }, (_, j) => mean(column(reports.map((r) => r.shared), j)) ** 2)
      const total = n * randomDirections
      randomEnergy = movingAverage(randomEnergy, ((mean(squares) * total) / (total + parameters + 1)) / (2 * randomDirections), DECAY)
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
      const n = reports.length
      const guided = reports[0]!.guided.map((_, k) => {
        const values = column(reports.map((r) => r.guided), k)
        return shrink ? shrunk(mean(values), variance(values) / n) : mean(values)
      })
      const total = reports.reduce((sum, r) => sum + r.random.length + (followed === 'random' ? r.shared.length : 0), 0)
      const random = reports.map((r) => r.random.map((c) => c / total))
      // A shared direction is one sample of z with n measurements of its derivative.
      const shared = reports[0]!.shared.map((_, j) => (n * mean(column(reports.map((r) => r.shared), j))) / total)
      measure(round, reports, parameters)
      if (switching) choose(guided.length > 0)
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
function shrunk(value: number, varianceOfMean: number): number {
  return value === 0 ? 0 : value * Math.max(0, 1 - varianceOfMean / value ** 2)
}
