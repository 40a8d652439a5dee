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
import type { Trust } from '#shared/events/trust.ts'
import { shared } from '#main/wire/direction-request.ts'
import { weightedMean } from '../statistics.ts'
import { commonDirections, isGuided } from './common-directions.ts'
import { type CooperOptions, guidedRound } from './cooper-options.ts'
import { type Derivative, type Method, type PhoneScalars, type StepSummary, type RoundPlan } from './method.ts'
import { type Drift, SignalBelief } from './signal-belief.ts'
import { SourceChoice } from './source-choice.ts'
import { type Evidence, type Whitened, whiten } from './subspace-newton.ts'
import { type Review, TrustRegion } from './trust-region.ts'

/** The median of S / n that is believed before anything is measured; the spread is that of log (S / n), and smaller for random directions. */
const USUAL = 0.3
/** The rows of a round that USUAL holds for: noise falls with the number of rows, and signal doesn't. */
const USUAL_ROWS = 128
/** The intraclass correlation of a phone's rows: its rows tell less where the phones that were asked stand for others. */
const LIKENESS = 0.1
/** The probability that less of a slope is signal than its lower bound says. */
const DOUBT = 0.1
/** The lower bound of S / n is reduced by this, since belief is never 0. */
const BARELY = 0.1
const GUIDED_SPREAD = 1.5
const RANDOM_SPREAD = 0.7
/** The drift of belief from round to round. A step removes from the subspace what it followed, and new directions bring only a part of it back. */
const GUIDED_DRIFT: Drift = { shift: -0.3, spread: 0.5 }
const RANDOM_DRIFT: Drift = { shift: 0, spread: 0.3 }
/** From this w on, guidance needs no comparison. */
const CLEAR = 0.9
/** The number of random directions that have to be measured before comparisons with them become rare. */
const FEW = 8

/** @param rate the share of a step that is taken, by round @param fleet the number of phones, where only some of them are asked in a round */
export function cooper(options: CooperOptions, rate: (round: number) => number = () => 1, fleet: number | null = null): Method {
  const { randomDirections, guidance, mixing, shrink, monitors } = options
  const switching = mixing === 'switch' && guidance === 'earned' && randomDirections > 0
  const hybrid = mixing === 'hybrid' && randomDirections > 0
  const guidedBy = (...more: RoundPlan['directions']): RoundPlan => ({ ...guidedRound(options, ...more), curvature: true })
  const randomOnly: RoundPlan = { guidance: false, directions: [shared(randomDirections)], curvature: true }
  const guided = new Source(GUIDED_SPREAD, GUIDED_DRIFT)
  const random = new Source(RANDOM_SPREAD, RANDOM_DRIFT)
  const choice = new SourceChoice()
  const region = new TrustRegion(fleet ?? 1)
  const reviewed = (round: RoundPlan): RoundPlan => (region.reviewDue ? { ...round, review: true } : round)

  function sourcePlan(round: number): RoundPlan {
    if (guidance === 'never') return randomOnly
    if (hybrid) return guidedBy(shared(randomDirections))
    if (!switching) return guidedBy()
    if (choice.source === 'guided') return monitorsDue(round) ? guidedBy(shared(monitors)) : guidedBy()
    if (!choice.retryDue(round)) return randomOnly
    return guidedBy(shared(Math.max(Math.min(monitors, randomDirections), randomDirections - choice.basisSize)))
  }

  function monitorsDue(round: number): boolean {
    if (guided.weight === null || guided.weight > CLEAR) return false
    return random.measured < FEW || choice.comparisonDue(round, guided.perPass!, random.perPass!)
  }

  /** Evaluates what the round measured along its directions, guided ones first; both sources learn from it. */
  function learn(round: number, reports: readonly PhoneScalars[], guidedCount: number, count: number): Learned {
    const unasked = fleet === null ? 0 : 1 - phonesOf(reports) / fleet
    const rows = effectiveRows(reports, LIKENESS * unasked)
    region.hear(rows)
    const whitened = whiten(reports, rows)
    const inflated = effectiveRows(reports, 0) / rows
    const evidence = (from: number, to: number): Evidence => {
      const measured = whitened.evidence(from, to)
      const noise = measured.noise * inflated
      return { ...measured, noise, signal: measured.signal + measured.noise - noise }
    }
    if (guidedCount > 0) {
      guided.learn(round, evidence(0, guidedCount), rows)
      choice.probedGuided(round, guidedCount)
    }
    if (count > guidedCount) {
      random.learn(round, evidence(guidedCount, count), rows)
      choice.probedRandom(round)
    }
    // One phone can't tell how it differs from phones that were not asked.
    const sure = 1 - unasked / phonesOf(reports)
    const sources = whitened.slopes.map((_, k) => (k < guidedCount ? guided : random))
    return { whitened, weights: sources.map(({ weight }) => weight!), least: sources.map((source) => sure * source.least) }
  }

  /** Computes the step along the directions, as far as the trust region lets it go. @returns x, which is still to be scaled by the round's rate */
  function stepAlong({ whitened, weights, least }: Learned, guidedCount: number, taken: number) {
    const limits = { guided: guidedCount, length: region.length, nats: region.nats }
    const newton = whitened.step(shrink ? weights : weights.map(() => 1), limits)
    const gain = taken * whitened.along(newton.coefficients.map((x, k) => least[k]! * x))
    const allowed = region.shareOf({ nats: taken ** 2 * newton.nats, gain })
    const share = taken * allowed
    const [length, nats] = [share * newton.length, share ** 2 * newton.nats]
    const promised = share * whitened.along(newton.coefficients.map((x, k) => weights[k]! * x)) - nats
    region.stepped({ length, nats, promised, gain: allowed * gain, weight: Math.min(...weights) })
    return { coefficients: newton.coefficients.map((x) => allowed * x), length, promised }
  }

  function summaryOf(
    source: StepSummary['source'],
    step: Pick<Trust, 'length' | 'promised'>,
    actual: Derivative | null,
    takenBack = false,
  ): StepSummary {
    const { perPass: guidedEnergy, weight: guidedWeight } = guided
    const { perPass: randomEnergy, weight: randomWeight } = random
    const told = actual && { value: actual.value, error: Math.sqrt(actual.variance) }
    const trust = { radius: region.length, length: step.length, promised: step.promised, actual: told, takenBack }
    return { source, guidedEnergy, randomEnergy, guidedWeight, randomWeight, trust }
  }

  return {
    plan: (round) => reviewed(sourcePlan(round)),
    withoutGuidance: () => (randomDirections > 0 ? reviewed(randomOnly) : null),
    aggregate(round, reports) {
      const common = commonDirections(reports)
      const guidedCount = common.filter(isGuided).length
      const actual = meanReview(reports)
      if (!actual) region.settle()
      if (actual !== null && region.review(reviewOf(reports, actual, fleet)) === 'taken back') {
        // Measurements at a point that steps are taken back from say nothing about the anchor.
        if (guidedCount > 0) choice.probedGuided(round, guidedCount)
        return { aggregate: { terms: [], anchor: 'return' }, summary: summaryOf(choice.source, NO_STEP, actual, true) }
      }
      const anchor = region.walking ? 'stays' : 'moves'
      // The pool may span nothing.
      if (common.length === 0) return { aggregate: { terms: [], anchor }, summary: summaryOf(choice.source, NO_STEP, actual) }
      const learned = learn(round, reports, guidedCount, common.length)
      const step = stepAlong(learned, guidedCount, rate(round))
      const both = guidedCount > 0 && (hybrid || choice.source === 'random')
      // A round that was planned along the subspace may have had to do without guidance.
      const followed = both ? 'hybrid' : guidedCount > 0 ? 'guided' : 'random'
      if (switching) choice.choose(guided.perPass ?? 0, random.perPass ?? 0, guidedCount > 0)
      const terms = common.map(({ direction }, k) => ({ direction, coefficient: step.coefficients[k]! }))
      return { aggregate: { terms, anchor }, summary: summaryOf(followed, step, actual) }
    },
  }
}

/** The evaluation of a round: how far its measured slopes can be believed. */
interface Learned {
  readonly whitened: Whitened
  /** The believed share of signal in each direction's slope; `least` holds its lower bound. */
  readonly weights: readonly number[]
  readonly least: readonly number[]
}

/** The evidence on one kind of directions. */
class Source {
  /** w of the last round in which it was probed; null before the first. */
  weight: number | null = null
  /** The lower bound of the share of a slope that is signal; 0 where that is uncertain. */
  least = 0
  /** E per forward pass, where a direction takes two passes; null before the first round. */
  perPass: number | null = null
  /** The number of directions measured. */
  measured = 0
  private readonly spread: number
  private readonly drift: Drift
  private belief: SignalBelief | null = null
  private lastRound = 0

  constructor(spread: number, drift: Drift) {
    this.spread = spread
    this.drift = drift
  }

  /** @param rows the number of rows in the round */
  learn(round: number, { count, signal, noise }: Evidence, rows: number): void {
    this.belief ??= new SignalBelief(USUAL * Math.min(1, rows / USUAL_ROWS), this.spread)
    if (this.measured > 0) this.belief.pass(round - this.lastRound, this.drift)
    this.lastRound = round
    this.measured += count
    if (noise <= 0) {
      // One row can't measure its noise, so the belief stands in for it; several rows that agree have no noise.
      this.weight = rows > 1 ? 1 : this.belief.mean / (1 + this.belief.mean)
      this.least = rows > 1 ? 1 : 0
      this.perPass = (Math.max(0, signal) / count / 4) * this.weight
      return
    }
    this.belief.measure((count * (signal + noise)) / noise, count)
    const { mean } = this.belief
    this.weight = mean / (1 + mean)
    this.perPass = (mean * (noise / count) * this.weight) / 4
    const least = Math.max(0, this.belief.quantile(DOUBT) - BARELY)
    this.least = least / (1 + least)
  }
}

/** Returns the effective number of independent rows: 1 / sum_i w_i^2 (1/B_i + rho), with B_i rows of phone i and `likeness` rho (Kish 1965). */
function effectiveRows(reports: readonly PhoneScalars[], likeness: number): number {
  return 1 / reports.reduce((sum, { weight, rows }) => sum + weight ** 2 * (1 / Math.max(1, rows) + likeness), 0)
}

const NO_STEP = { length: 0, promised: 0 }

function phonesOf(reports: readonly PhoneScalars[]): number {
  return reports.reduce((sum, { phones = 1 }) => sum + phones, 0)
}

/** Returns the mean decrease of the loss since the anchor, over the phones that were asked; null where they weren't asked for it. */
function meanReview(reports: readonly PhoneScalars[]): Derivative | null {
  if (!reports.every(({ review }) => review)) return null
  return weightedMean(reports.map(({ review, weight }) => ({ ...review!, weight })))
}

/** Makes a review from the answers: phone by phone, or of all phones as if they were one where all are asked. */
function reviewOf(reports: readonly PhoneScalars[], mean: Derivative, fleet: number | null): Review {
  return {
    told:
      fleet === null
        ? [{ phone: 0, phones: 1, share: 1, rows: Math.max(1, effectiveRows(reports, 0)), ...mean }]
        : reports.map(({ phone, phones = 1, share = 1, rows, review }) => ({ phone, phones, share, rows: Math.max(1, rows), ...review! })),
    displaced: reports.reduce((sum, { review, weight, rows }) => sum + (weight * (rows * review!.variance + review!.value ** 2)) / 2, 0),
  }
}
