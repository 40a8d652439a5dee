/**
 * Chooses which of two sources a method follows, guided directions or random ones, by what a forward pass along each promises; and decides when a
 * source that isn't followed is looked at again: the subspace less often the longer it stays behind, random directions rarely while the subspace is
 * far ahead.
 */
const FIRST_RETRY_ROUNDS = 16
const LAST_RETRY_ROUNDS = 64
/** The ratio of promises from which the subspace is far ahead, and the number of rounds between two checks of random directions from then on. */
const FAR_AHEAD = 4
const RARE_ROUNDS = 8

export class SourceChoice {
  source: 'guided' | 'random' = 'guided'
  /** The number of directions in the subspace when it was probed last. */
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

  /** Returns whether this round looks at the subspace, for a run that follows random directions. */
  retryDue(round: number): boolean {
    return round - this.lastGuided >= this.retryRounds
  }

  /** Returns whether this round measures random directions, for a run that follows the subspace. */
  comparisonDue(round: number, guided: number, random: number): boolean {
    return guided < FAR_AHEAD * random || round - this.lastMonitored >= RARE_ROUNDS
  }

  /**
   * Chooses the source of the next round by what a forward pass along each promises.
   * @param wasGuided whether this round probed the subspace
   */
  choose(guided: number, random: number, wasGuided: boolean): void {
    // Without a new look at the subspace, random directions that promise less by chance would lose against an old observation.
    if (this.source === 'random' && !wasGuided) return
    const next = guided >= random ? 'guided' : 'random'
    if (next === 'guided') this.retryRounds = FIRST_RETRY_ROUNDS
    else if (this.source === 'random') this.retryRounds = Math.min(LAST_RETRY_ROUNDS, 2 * this.retryRounds)
    this.source = next
  }
}
