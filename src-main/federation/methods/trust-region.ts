/**
 * How far a step may go: the part of parameter space in which what phones measured at one point can be trusted. A step
 * promises a decrease of the loss, by the model that chose it,
 *
 *     promised = sum_k w_k a_k x_k - x^T G x / 2        w_k: the share of a_k that is believed to be signal
 *
 * and in the round after it phones compare the loss of their new rows before and after it, with one forward pass more:
 *
 *     actual = mean_i [L_i(theta_t) - L_i(theta_t+1)] on rows that the step was not made from
 *
 * Rows that made the step would praise it; and since the same rows are seen twice, their own difficulty cancels. A step that raised the
 * loss beyond the noise is taken back. Otherwise the radius follows actual / promised, as in trust-region methods (Conn, Gould, Toint 2000),
 * summed over the steps since the radius changed last, since one round is often too noisy to tell.
 */
import type { Derivative } from './method.ts'

/** Length of the guided part of the first steps, in parameter space: further away the network is not what its derivatives say. */
const LENGTH = 1
/** Half the squared length of a step in the metric of G at most, nats: half of it is how far the predictions move (Kullback-Leibler). */
const NATS = 1
const LEAST_SHARE = 2 ** -10
const MOST_SHARE = 16
/**
 * Standard errors by which the loss must have risen for a step to be taken back. A step that is taken back for nothing costs a round; one that
 * is kept and harmful is built upon.
 */
const ERRORS = 1
/** Nats by which the loss may not rise, whatever the noise. */
const RUIN = 1
/** Steps that are mostly signal, and no longer than one that kept its promise, need no review. */
const CLEAR = 0.6

export interface Step {
  /** |x| of the guided part. */
  readonly length: number
  /** x^T G x / 2 */
  readonly nats: number
  readonly promised: number
  /** The smallest w of the directions in it. */
  readonly weight: number
}

export type Verdict = 'kept' | 'taken back'

export class TrustRegion {
  /** Of LENGTH. */
  private share = 1
  /** The longest share that kept its promise. */
  private proven = 0
  private last: (Step & { readonly share: number }) | null = null
  private sums = { actual: 0, promised: 0, variance: 0, steps: 0 }

  get length(): number {
    return LENGTH * this.share
  }

  get nats(): number {
    return NATS * Math.min(1, this.share) ** 2
  }

  /** Whether phones are to tell what the last step brought. */
  get reviewDue(): boolean {
    if (!this.last) return false
    return this.last.weight < CLEAR || this.last.share > this.proven
  }

  /** A step was taken. */
  stepped(step: Step): void {
    const share = Math.max(step.length / LENGTH, Math.sqrt(step.nats / NATS))
    this.last = share > 0 ? { ...step, share } : null
  }

  /** @param actual mean decrease that the last step brought, with the variance of that mean */
  review(actual: Derivative): Verdict {
    const { last } = this
    this.last = null
    if (!last) return 'kept'
    const error = Math.sqrt(actual.variance)
    if (actual.value < -RUIN || (error > 0 && actual.value < -ERRORS * error)) {
      this.change(last.share / 4)
      return 'taken back'
    }
    const { sums } = this
    sums.actual += actual.value
    sums.promised += last.promised
    sums.variance += actual.variance
    sums.steps++
    const spread = Math.sqrt(sums.variance)
    if (sums.actual + ERRORS * spread < sums.promised / 4 || (sums.steps >= 3 && sums.actual < 0)) this.change(last.share / 2)
    else {
      if (sums.actual > sums.promised / 4) this.proven = Math.max(this.proven, last.share)
      if (sums.actual > 0.75 * sums.promised && sums.actual > ERRORS * spread && last.share > 0.9 * this.share) this.change(2 * this.share)
    }
    return 'kept'
  }

  private change(share: number): void {
    if (share < this.share) this.proven = Math.min(this.proven, share)
    this.share = Math.min(MOST_SHARE, Math.max(LEAST_SHARE, share))
    this.sums = { actual: 0, promised: 0, variance: 0, steps: 0 }
  }
}
