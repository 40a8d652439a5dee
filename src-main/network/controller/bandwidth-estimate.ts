/** Estimates each link's goodput cautiously, for directions that must arrive in time. */
import type { LinkGoodput } from './decision.ts'

/** The number of recent rounds that count: a slower link is noticed at once, a faster one after this many rounds. */
export const RECENT_SAMPLES = 5
export const CAUTIOUS_QUANTILE = 0.2

export interface BandwidthEstimate {
  readonly bitsPerSecond: number
  readonly link: string
}

/** Returns the 20th percentile of each link's recent samples. @throws if there is no link, or one has no samples or an impossible one */
export function estimates(links: readonly LinkGoodput[]): BandwidthEstimate[] {
  if (links.length === 0) throw new RangeError('no links: there is nobody to send directions to')
  return links.map(({ id, goodputSamples }) => {
    const recent = recentSamples(goodputSamples)
    if (recent.length === 0) throw new RangeError(`link ${id} has no goodput sample; start it with its nominal goodput`)
    if (!recent.every((sample) => sample > 0 && Number.isFinite(sample)))
      throw new RangeError(`link ${id} has a goodput sample of 0 or no number`)
    return { link: id, bitsPerSecond: quantile(recent, CAUTIOUS_QUANTILE) }
  })
}

/** Returns the recent samples, which alone count, oldest first. */
export function recentSamples(samples: readonly number[]): number[] {
  return samples.slice(-RECENT_SAMPLES)
}

/** Interpolates linearly between the two nearest ranks (Hyndman and Fan 1996, type 7). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const rank = (sorted.length - 1) * share
  const low = sorted[Math.floor(rank)] as number
  const high = sorted[Math.ceil(rank)] as number
  return low + (high - low) * (rank - Math.floor(rank))
}
