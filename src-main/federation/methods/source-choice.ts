/**
 * Chooses which of two sources a method follows, guided directions or random ones, by what a forward pass along each promises; and decides when a
 * source that isn't followed is looked at again: the subspace less often the longer it stays behind, random directions rarely while the subspace is
 * far ahead.
 */
const FIRST_RETRY_ROUNDS = 16
const LAST_RETRY_ROUNDS = 64
/** The ratio of promises from which the subspace is far ahead, and how rarely random directions are then checked. */
const FAR_AHEAD = 4
const RARE_ROUNDS = 8

export class SourceChoice {
  source: 'guided' | 'random' = 'guided'
  /** Directions in the subspace when it was probed last. */
  basisSize = 0
  /** The last round with guidance. */
  lastGuided = 0
  private lastMonitored = 0
  private retryRounds = FIRST_RETRY_ROUNDS

  probedGuided(round: number, directions: number): void {
    this.lastGuided = round
    this.basisSize = directions
  }

  probedRandom(round: number): void {
    this.lastMonitored = round
  }

  /** While random directions are followed: whether the subspace is looked at in this round. */
  retryDue(round: number): boolean {
    return round - this.lastGuided >= this.retryRounds
  }

  /** While the subspace is followed: whether random directions are measured in this round. */
  comparisonDue(round: number, guided: number, random: number): boolean {
    return guided < FAR_AHEAD * random || round - this.lastMonitored >= RARE_ROUNDS
  }

  /** The source of the next round. @param wasGuided whether this one probed the subspace */
  choose(guided: number, random: number, wasGuided: boolean): void {
    // Earlier observations of the subspace are old, and random directions promise less by chance now and then.
    if (this.source === 'random' && !wasGuided) return
    const next = guided >= random ? 'guided' : 'random'
    if (next === 'guided') this.retryRounds = FIRST_RETRY_ROUNDS
    else if (this.source === 'random') this.retryRounds = Math.min(LAST_RETRY_ROUNDS, 2 * this.retryRounds)
    this.source = next
  }
}
