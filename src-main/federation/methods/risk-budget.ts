/**
 * Limits the risk of the steps since the anchor: by how much they would raise the loss if they followed nothing but noise. A step y (whitened) would
 * then raise it by its own half square, |y|^2 / 2 = nats, whatever its direction: many small steps walk at random, and their harm adds up. The part
 * that is surely signal pays for some of it,
 *
 *     risk = c nats - gain        gain = sum_k low_k a_k x_k ,  low_k: the share of a_k that is signal at the least
 *
 * and the sum of risks stays below an allowance plus the probable gain since the anchor. The allowance is small at first, doubles after every walk
 * that lowered the loss, and shrinks after every one that didn't. A loss that rose by h shows in a review of B rows at
 * h / sqrt(2 h / B) = sqrt(h B / 2) standard errors: reviews of more rows find harm sooner, so more can be risked.
 *
 * c is the ratio of how far the losses of new rows really moved, half their mean square, to the nats by which they should have. (The two are equal
 * where the network is as sure as its labels are.) Nats alone would not do, since they come from the few rows that chose the step.
 */
const FIRST = 0.007
/** The rows of a round that FIRST is meant for; with more rows the first allowance is larger, by the second factor at most. */
const FIRST_ROWS = 16
const MOST_FOR_ROWS = 3
/** The smallest trust, as a share of the first allowance. */
const LEAST = 1 / 16
const MOST = 128
const AFTER_PROOF = 2
const AFTER_FAILURE = 0.7
/** The weight, in nats, of the initial c = 1 against what is measured; then the most that a single review may say of c. */
const USUAL = 0.01
const MOST_SCALE = 20
/** The most that unproven gains may add, as a multiple of the allowance. */
const MOST_OF_GAIN = 2
/** The share of the limit from which the budget counts as spent. */
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

  /** @param displaced half the mean square of the change of the rows' losses @param nats the nats of the steps that changed them */
  calibrate(displaced: number, nats: number): void {
    this.moved += Math.min(displaced, MOST_SCALE * nats)
    this.expected += nats
  }

  /** @param rows the effective number of independent rows in a round's reviews */
  hear(rows: number): void {
    this.first = FIRST * Math.min(MOST_FOR_ROWS, Math.max(1, Math.sqrt(rows / FIRST_ROWS)))
  }

  proved(): void {
    this.trust = Math.min(MOST, AFTER_PROOF * this.trust)
  }

  failed(): void {
    this.trust = Math.max(LEAST, AFTER_FAILURE * this.trust)
  }

  /** @param risk the risk of the steps since the anchor @param gained the lower bound of the gain since then */
  spent(risk: number, gained: number): boolean {
    return risk >= SPENT * this.limit(gained)
  }

  /** @param nats of the whole step @param gain of the whole step @returns the share of it, 1 at most, that risks no more than is left */
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
