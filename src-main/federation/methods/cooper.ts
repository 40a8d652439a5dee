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
 * so a group of directions that mean nothing has S = 0 on average and takes no step. Both groups are judged by E per forward pass, in
 * units of the loss; neither by the size of gradients, since a steep direction along which the loss bends back at once is worth nothing.
 *
 * Guidance must be earned: each round follows the source with the larger E per pass. S is a moving average per direction: of the guided
 * ones for the most part the last round's, since the subspace is a new one each time; of random ones over about fifty directions,
 * beginning at a third of their noise, since a few of them say little. Some part of the slope lies along any random direction, so S of
 * these is never taken for 0: the method can always fall back on them. While the guided step is nearly all signal (w near 1), nothing
 * else is measured. Otherwise a few random directions are probed too, rarely if the guided ones are far ahead, and are part of the step.
 * Following random directions, a round is one of plain zeroth-order optimisation with P shared directions; once in a while, and less
 * often the longer the subspace stays behind, a round looks at the subspace too.
 */
import { movingAverage } from '../statistics.ts'
import { type CooperOptions, GUIDED_ROUND } from './cooper-options.ts'
import { type Method, type Rectification, type RoundPlan, randomRound } from './method.ts'
import { SourceChoice } from './source-choice.ts'
import { type Evidence, whiten } from './subspace-newton.ts'

/** What stays of the signal believed in: of the guided one after a round, of the random one after a direction. */
const GUIDED_DECAY = 0.25
const RANDOM_DECAY = 0.98
/** S of a random direction before any was measured, as a share of its noise. */
const RANDOM_START = 0.3
/** S of a random direction at least, as a share of its noise: some part of the slope lies along any of them. */
const RANDOM_LEAST = 0.1
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
  const guided = new Source(null, 0, () => GUIDED_DECAY)
  const random = new Source(RANDOM_START, RANDOM_LEAST, (count) => RANDOM_DECAY ** count)
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
        guided.learn(whitened.evidence(0, count.guided))
        choice.probedGuided(round, count.guided)
      }
      if (count.shared > 0) {
        random.learn(whitened.evidence(count.guided, count.guided + count.shared))
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
  /** S of one direction. */
  private signal: number | null = null
  private readonly start: number | null
  private readonly least: number
  private readonly decay: (count: number) => number

  constructor(start: number | null, least: number, decay: (count: number) => number) {
    this.start = start
    this.least = least
    this.decay = decay
  }

  learn({ count, signal, noise }: Evidence): void {
    if (this.signal === null && this.start !== null) this.signal = (this.start * noise) / count
    this.signal = movingAverage(this.signal, signal / count, this.decay(count))
    this.measured += count
    const expected = Math.max(0, this.signal, (this.least * noise) / count)
    this.weight = expected === 0 ? 0 : expected / (expected + noise / count)
    this.perPass = (expected * this.weight) / 4
  }
}

/** The step, no longer than it is trusted. */
function trusted(step: readonly number[]): number[] {
  const half = step.reduce((sum, y) => sum + y * y, 0) / 2
  return half > TRUST ? step.map((y) => y * Math.sqrt(TRUST / half)) : [...step]
}
