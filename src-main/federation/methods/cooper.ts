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
import type { Trust } from '#shared/events/event.ts'
import { weightedMean } from '../statistics.ts'
import { type CooperOptions, GUIDED_ROUND } from './cooper-options.ts'
import { type Derivative, type Method, type PhoneScalars, type Rectification, type RoundPlan, randomRound } from './method.ts'
import { type Drift, SignalBelief } from './signal-belief.ts'
import { SourceChoice } from './source-choice.ts'
import { type Evidence, whiten } from './subspace-newton.ts'
import { TrustRegion } from './trust-region.ts'

/** What is believed before anything is measured: the median of S / n; of random directions with the smaller spread of log (S / n). */
const USUAL = 0.3
/** Rows of a round with which it is usual: noise falls with the rows of a round, and signal doesn't. */
const USUAL_ROWS = 128
/** Intraclass correlation of a phone's rows: they tell less where the phones asked stand for others that are not. */
const LIKENESS = 1 / 32
const GUIDED_SPREAD = 1.5
const RANDOM_SPREAD = 0.7
/** From round to round. A step takes from the subspace what it followed, and new directions bring only a part of it back. */
const GUIDED_DRIFT: Drift = { shift: -0.3, spread: 0.5 }
const RANDOM_DRIFT: Drift = { shift: 0, spread: 0.3 }
/** From this w on, guidance needs no comparison. */
const CLEAR = 0.9
/** Random directions that have to be measured before they are compared rarely. */
const FEW = 8

/** @param rate share of a step that is taken, by round @param sampled only some of the phones are asked in a round */
export function cooper(options: CooperOptions, rate: (round: number) => number = () => 1, sampled = false): Method {
  const { randomDirections, guidance, mixing, shrink, directions, monitors } = options
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  const guidedRound: RoundPlan = { ...GUIDED_ROUND, curvature: true, ...(directions === 'class-layer' ? { blockwise: true } : {}) }
  const randomOnly: RoundPlan = { ...randomRound(0), shared: randomDirections, curvature: true }
  const guided = new Source(GUIDED_SPREAD, GUIDED_DRIFT)
  const random = new Source(RANDOM_SPREAD, RANDOM_DRIFT)
  const choice = new SourceChoice()
  const region = new TrustRegion()
  const reviewed = (round: RoundPlan): RoundPlan => (region.reviewDue ? { ...round, review: true } : round)

  function sourcePlan(round: number): RoundPlan {
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
    plan: (round) => reviewed(sourcePlan(round)),
    withoutGuidance: () => (randomDirections > 0 ? reviewed(randomOnly) : null),
    aggregate(round, reports) {
      const count = { guided: reports[0]!.guided.length, shared: reports[0]!.shared.length }
      const none = reports.map((): number[] => [])
      const actual = reviewOf(reports)
      const takenBack = actual !== null && region.review(actual) === 'taken back'
      const rectified = (followed: Rectification['source'], step: Pick<Trust, 'length' | 'promised'>): Rectification => ({
        source: followed,
        guidedEnergy: guided.perPass,
        randomEnergy: random.perPass,
        guidedWeight: guided.weight,
        randomWeight: random.weight,
        trust: {
          radius: region.length,
          ...step,
          actual: actual && { value: actual.value, error: Math.sqrt(actual.variance) },
          takenBack,
        },
      })
      if (takenBack) {
        // What was measured at a place that is left again says nothing of the one returned to.
        if (count.guided > 0) choice.probedGuided(round, count.guided)
        return { aggregate: { guided: [], shared: [], random: none, takeBack: true }, rectification: rectified(choice.source, NO_STEP) }
      }
      // The pool may span nothing.
      if (count.guided + count.shared === 0)
        return { aggregate: { guided: [], shared: [], random: none }, rectification: rectified(choice.source, NO_STEP) }
      const whitened = whiten(reports)
      const rows = effectiveRows(reports, sampled ? LIKENESS : 0)
      const inflated = effectiveRows(reports, 0) / rows
      const evidence = (from: number, to: number): Evidence => {
        const measured = whitened.evidence(from, to)
        // G and V come from the same few rows: rows that show no curvature show no noise either, the more directions there are.
        const noise = measured.noise * inflated * (1 + whitened.slopes.length / rows)
        return { ...measured, noise, signal: measured.signal + measured.noise - noise }
      }
      if (count.guided > 0) {
        guided.learn(round, evidence(0, count.guided), rows)
        choice.probedGuided(round, count.guided)
      }
      if (count.shared > 0) {
        random.learn(round, evidence(count.guided, count.guided + count.shared), rows)
        choice.probedRandom(round)
      }
      const weights = whitened.slopes.map((_, k) => (k < count.guided ? guided : random).weight!)
      const limits = { guided: count.guided, length: region.length, nats: region.nats }
      const { coefficients, length, nats } = whitened.step(shrink ? weights : weights.map(() => 1), limits)
      const share = rate(round)
      const promised = share * whitened.along(coefficients.map((x, k) => weights[k]! * x)) - share ** 2 * nats
      region.stepped({ length: share * length, nats: share ** 2 * nats, promised, weight: Math.min(...weights) })
      const both = count.guided > 0 && (hybrid || choice.source === 'random')
      // A round planned along the subspace may have had to do without it.
      const followed = both ? 'hybrid' : count.guided > 0 ? 'guided' : 'random'
      if (switching) choice.choose(guided.perPass ?? 0, random.perPass ?? 0, count.guided > 0)
      return {
        aggregate: { guided: coefficients.slice(0, count.guided), shared: coefficients.slice(count.guided), random: none },
        rectification: rectified(followed, { length: share * length, promised }),
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
  private readonly spread: number
  private readonly drift: Drift
  private belief: SignalBelief | null = null
  private lastRound = 0

  constructor(spread: number, drift: Drift) {
    this.spread = spread
    this.drift = drift
  }

  /** @param rows of the round */
  learn(round: number, { count, signal, noise }: Evidence, rows: number): void {
    this.belief ??= new SignalBelief(USUAL * Math.min(1, rows / USUAL_ROWS), this.spread)
    if (this.measured > 0) this.belief.pass(round - this.lastRound, this.drift)
    this.lastRound = round
    this.measured += count
    if (noise <= 0) {
      // One row tells no noise; more rows that agree have none, and what they show is all there is.
      this.weight = rows > 1 ? 1 : this.belief.mean / (1 + this.belief.mean)
      this.perPass = (Math.max(0, signal) / count / 4) * this.weight
      return
    }
    this.belief.measure((count * (signal + noise)) / noise, count)
    const { mean } = this.belief
    this.weight = mean / (1 + mean)
    this.perPass = (mean * (noise / count) * this.weight) / 4
  }
}

/** Independent rows that would tell as much: 1 / sum_i w_i^2 (1/B_i + rho) (Kish 1965). */
function effectiveRows(reports: readonly PhoneScalars[], likeness: number): number {
  return 1 / reports.reduce((sum, { weight, rows }) => sum + weight ** 2 * (1 / Math.max(1, rows) + likeness), 0)
}

const NO_STEP = { length: 0, promised: 0 }

/** By how much the last step lowered the loss over all phones; null where they weren't asked. */
function reviewOf(reports: readonly PhoneScalars[]): Derivative | null {
  if (!reports.every(({ review }) => review)) return null
  return weightedMean(reports.map(({ review, weight }) => ({ ...review!, weight })))
}
