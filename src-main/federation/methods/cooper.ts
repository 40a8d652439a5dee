/**
 * Cooper: guided-subspace probing. The cloud supplies directions only; sign and length of every step come from private data, so bad
 * public data costs probes, not correctness (after CooperLLM, arXiv 2601.12917).
 *
 * A round probes K guided directions, or P random ones that all phones share, or both. Phones send their derivatives a, the covariance V
 * that their small batches give a, and the Gauss-Newton matrix G of their loss, all from the same forward passes. With G = L L^T and
 * b = L^-1 a (subspace-newton.ts) the loss bends equally in all directions, and per group of directions, guided or random,
 *
 *     noise n = tr(L^-1 V L^-T),   signal S = |b|^2 - n      unbiased for the squared length of the true slope, |beta|^2
 *     step  y = w b,               w = S / (S + n)            the longest decrease that is expected:  E = S w / 2
 *
 * Both groups are judged by E per forward pass, in units of the loss; neither by the size of gradients, since a steep direction along
 * which the loss bends back at once is worth nothing.
 *
 * A measured S is as noisy as the step itself: what counts is the mean of what is believed of it after all rounds (signal-belief.ts). It is
 * never 0, so that the method can always fall back on random directions.
 *
 * Guidance must be earned: each round follows the source with the larger E per pass. While the guided step is nearly all signal (w near 1),
 * nothing else is measured. Otherwise a few random directions are probed too, rarely if the guided ones are far ahead, and are part of the step.
 * Following random directions, a round is one of plain zeroth-order optimisation with P shared directions; once in a while, and less
 * often the longer the subspace stays behind, a round looks at the subspace too.
 */
import { type CooperOptions, GUIDED_ROUND } from './cooper-options.ts'
import { type Method, type Rectification, type RoundPlan, randomRound } from './method.ts'
import { type Drift, SignalBelief } from './signal-belief.ts'
import { SourceChoice } from './source-choice.ts'
import { type Evidence, whiten } from './subspace-newton.ts'

/** What is believed before anything is measured: the median of S / n; of random directions with the smaller spread of log (S / n). */
const USUAL = 0.3
const GUIDED_SPREAD = 1.5
const RANDOM_SPREAD = 0.7
/** From round to round. A step takes from the subspace what it followed, and new directions bring only a part of it back. */
const GUIDED_DRIFT: Drift = { shift: -0.3, spread: 0.5 }
const RANDOM_DRIFT: Drift = { shift: 0, spread: 0.3 }
/** From this w on, guidance needs no comparison. */
const CLEAR = 0.9
/** Random directions that have to be measured before they are compared rarely. */
const FEW = 8
/** |y|^2 / 2 at most, nats: half of it is how far the predictions move (Kullback-Leibler), and G is good near by only. */
const TRUST = 1

export function cooper(options: CooperOptions): Method {
  const { randomDirections, guidance, mixing, shrink, directions, monitors } = options
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  const guidedRound: RoundPlan = { ...GUIDED_ROUND, curvature: true, ...(directions === 'class-layer' ? { blockwise: true } : {}) }
  const randomOnly: RoundPlan = { ...randomRound(0), shared: randomDirections, curvature: true }
  const guided = new Source(GUIDED_SPREAD, GUIDED_DRIFT)
  const random = new Source(RANDOM_SPREAD, RANDOM_DRIFT)
  const choice = new SourceChoice()

  function plan(round: number): RoundPlan {
    if (guidance === 'never') return randomOnly
    if (hybrid) return { ...guidedRound, shared: randomDirections }
    if (!switching) return guidedRound
    if (choice.source === 'guided') return { ...guidedRound, shared: monitorsDue(round) ? monitors : 0 }
    if (!choice.retryDue(round)) return randomOnly
    return { ...guidedRound, shared: Math.max(Math.min(monitors, randomDirections), randomDirections - choice.basisSize) }
  }

  function monitorsDue(round: number): boolean {
    if (guided.weight === null || guided.weight > CLEAR) return false
    return random.measured < FEW || choice.comparisonDue(round, guided.perPass!, random.perPass!)
  }

  return {
    plan,
    withoutGuidance: () => (randomDirections > 0 ? randomOnly : null),
    aggregate(round, reports) {
      const count = { guided: reports[0]!.guided.length, shared: reports[0]!.shared.length }
      const none = reports.map((): number[] => [])
      const rectified = (followed: Rectification['source']): Rectification => ({
        source: followed,
        guidedEnergy: guided.perPass,
        randomEnergy: random.perPass,
        guidedWeight: guided.weight,
        randomWeight: random.weight,
      })
      // The pool may span nothing.
      if (count.guided + count.shared === 0)
        return { aggregate: { guided: [], shared: [], random: none }, rectification: rectified(choice.source) }
      const whitened = whiten(reports)
      if (count.guided > 0) {
        guided.learn(round, whitened.evidence(0, count.guided))
        choice.probedGuided(round, count.guided)
      }
      if (count.shared > 0) {
        random.learn(round, whitened.evidence(count.guided, count.guided + count.shared))
        choice.probedRandom(round)
      }
      const weightOf = (k: number): number => (shrink ? (k < count.guided ? guided : random).weight! : 1)
      const coefficients = whitened.coefficients(trusted(whitened.slopes.map((b, k) => weightOf(k) * b)))
      const both = count.guided > 0 && (hybrid || choice.source === 'random')
      // A round planned along the subspace may have had to do without it.
      const followed = both ? 'hybrid' : count.guided > 0 ? 'guided' : 'random'
      if (switching) choice.choose(guided.perPass ?? 0, random.perPass ?? 0, count.guided > 0)
      return {
        aggregate: { guided: coefficients.slice(0, count.guided), shared: coefficients.slice(count.guided), random: none },
        rectification: rectified(followed),
      }
    },
  }
}

/** What is known of a kind of directions. */
class Source {
  /** w of the last round in which it was probed; null before the first. */
  weight: number | null = null
  /** E per forward pass, two of which a direction takes; null before the first. */
  perPass: number | null = null
  /** Directions in all. */
  measured = 0
  private readonly belief: SignalBelief
  private readonly drift: Drift
  private lastRound = 0

  constructor(spread: number, drift: Drift) {
    this.belief = new SignalBelief(USUAL, spread)
    this.drift = drift
  }

  learn(round: number, { count, signal, noise }: Evidence): void {
    if (this.measured > 0) this.belief.pass(round - this.lastRound, this.drift)
    this.lastRound = round
    this.measured += count
    if (noise <= 0) {
      // Batches of one row tell no noise: what they show is all there is.
      this.weight = 1
      this.perPass = Math.max(0, signal) / count / 4
      return
    }
    this.belief.measure((count * (signal + noise)) / noise, count)
    const { mean } = this.belief
    this.weight = mean / (1 + mean)
    this.perPass = (mean * (noise / count) * this.weight) / 4
  }
}

/** The step, no longer than it is trusted. */
function trusted(step: readonly number[]): number[] {
  const half = step.reduce((sum, y) => sum + y * y, 0) / 2
  return half > TRUST ? step.map((y) => y * Math.sqrt(TRUST / half)) : [...step]
}
