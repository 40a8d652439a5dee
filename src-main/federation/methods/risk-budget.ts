/**
 * What steps since the anchor may cost: by how much they would raise the loss if what they follow were noise. A step y (whitened) then
 * raises it by its own half square, |y|^2 / 2 = nats, whatever its direction: many small steps walk at random, and their harm adds up. What is
 * surely signal pays for a part of it,
 *
 *     risk = c nats - gain        gain = sum_k low_k a_k x_k ,  low_k: the share of a_k that is signal at the least
 *
 * and the sum of risks stays below an allowance and what was probably gained since the anchor. The allowance is small at first, twice as
 * large after every walk that lowered the loss, and smaller after every one that didn't. A loss that rose by h shows in a review of B rows
 * at h / sqrt(2 h / B) = sqrt(h B / 2) standard errors: where more rows are heard, harm is found sooner, and more can be risked.
 *
 * c: how far the network's losses really moved, half their mean square over new rows, against the nats by which they should have (where the
 * network is as sure as its labels are, the two are equal). Nats come from the few rows that chose the step.
 */
const FIRST = 0.007
/** Rows of a round that FIRST is meant for, and how many times as large the first allowance is with many rows, at most. */
const FIRST_ROWS = 16
const MOST_FOR_ROWS = 3
/** The smallest trust, as a share of the first allowance. */
const LEAST = 1 / 16
const MOST = 128
const AFTER_PROOF = 2
const AFTER_FAILURE = 0.7
/** Nats that c is 1 for before anything is measured, and what a single review may say of it at most. */
const USUAL = 0.01
const MOST_SCALE = 20
/** The most that unproven gains may add, as a multiple of the allowance. */
const MOST_OF_GAIN = 2
/** The share of the limit that counts as all of it. */
const SPENT = 0.9

export class RiskBudget {
  /** The present trust, as a multiple of the first allowance. */
  private trust = 1
  private first = FIRST
  private moved = USUAL
  private expected = USUAL

  /** The factor c of the header, at least 1. */
  get scale(): number {
    return Math.max(1, this.moved / this.expected)
  }

  /** @param displaced half the mean square of what the rows' losses changed by @param nats of the steps that changed them */
  calibrate(displaced: number, nats: number): void {
    this.moved += Math.min(displaced, MOST_SCALE * nats)
    this.expected += nats
  }

  /** @param rows of a round's reviews, as many as would tell as much if they were independent */
  hear(rows: number): void {
    this.first = FIRST * Math.min(MOST_FOR_ROWS, Math.max(1, Math.sqrt(rows / FIRST_ROWS)))
  }

  proved(): void {
    this.trust = Math.min(MOST, AFTER_PROOF * this.trust)
  }

  failed(): void {
    this.trust = Math.max(LEAST, AFTER_FAILURE * this.trust)
  }

  /** @param risk of the steps since the anchor @param gained since then, at the least */
  spent(risk: number, gained: number): boolean {
    return risk >= SPENT * this.limit(gained)
  }

  /** The share of a step, 1 at most, that risks no more than is left. @param nats and @param gain of the whole step */
  share(nats: number, gain: number, risk: number, gained: number): number {
    const left = Math.max(0, this.limit(gained) - risk)
    const cost = this.scale * nats
    return cost > 0 ? Math.min(1, (gain + Math.sqrt(gain ** 2 + 4 * cost * left)) / (2 * cost)) : 1
  }

  private limit(gained: number): number {
    const allowance = this.first * this.trust
    return allowance + Math.min(gained, MOST_OF_GAIN * allowance)
  }

  /** Returns the risk of a step. */
  risk(nats: number, gain: number): number {
    return Math.max(0, this.scale * nats - gain)
  }
}
