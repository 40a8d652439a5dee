/**
 * The times at which a link is connected: times up and times down follow one another, exponentially distributed around their means (an alternating
 * renewal process), drawn from the seed and the link.
 */
import { Stream, deriveKey } from '#shared/random/counter.ts'

export interface OutageMeans {
  readonly upSeconds: number
  readonly downSeconds: number
}

export class Outages {
  private readonly means: OutageMeans
  private readonly stream: Stream
  /** The times at which the state changes; the link begins connected, so it goes down at even indices. */
  private readonly changes: number[] = []

  constructor(means: OutageMeans, seed: number, link: string) {
    this.means = means
    this.stream = new Stream(deriveKey(seed, 'outages', link))
  }

  /** Returns whether the link is up at `seconds`, and the time until which that holds. */
  at(seconds: number): { readonly connected: boolean; readonly until: number } {
    while ((this.changes.at(-1) ?? 0) <= seconds) {
      const mean = this.changes.length % 2 === 0 ? this.means.upSeconds : this.means.downSeconds
      this.changes.push((this.changes.at(-1) ?? 0) - mean * Math.log(1 - this.stream.uniform()))
    }
    let [low, high] = [0, this.changes.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.changes[middle]! > seconds) high = middle
      else low = middle + 1
    }
    return { connected: low % 2 === 0, until: this.changes[low]! }
  }
}
