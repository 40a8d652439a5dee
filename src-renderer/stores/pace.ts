/** Measures the time of a round on this machine, from the last few that were watched without a break. */

const KEPT = 6

export class RoundPace {
  private durations: number[] = []
  private last: number | null = null

  /** Notes that a round has ended. @param now seconds of any clock that only goes forward */
  roundEnded(now: number): void {
    if (this.last !== null) this.durations = [...this.durations, now - this.last].slice(-KEPT)
    this.last = now
  }

  /** Notes that the next round did not begin when the last one ended: the run was held, or events were missed. */
  interrupted(): void {
    this.last = null
  }

  /** Median seconds; null before two rounds in a row were watched. */
  get secondsPerRound(): number | null {
    const sorted = this.durations.toSorted((a, b) => a - b)
    const { length } = sorted
    if (length === 0) return null
    return (sorted[Math.floor((length - 1) / 2)]! + sorted[Math.ceil((length - 1) / 2)]!) / 2
  }
}
