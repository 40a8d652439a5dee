/** What the fleet's directions can count on: a cautious estimate of each link's goodput, and the slowest link's of all. */
import type { LinkGoodput } from './decision.ts'

export const RECENT_SAMPLES = 20
export const CAUTIOUS_QUANTILE = 0.2

export interface BandwidthEstimate {
  readonly bitsPerSecond: number
  readonly link: string
}

/** 20th percentile of each link's recent samples; the least of them. Throws if a link has no samples or an impossible one. */
export function slowestLink(links: readonly LinkGoodput[]): BandwidthEstimate {
  const estimates = links.map(({ id, goodputSamples }) => {
    const recent = recentSamples(goodputSamples)
    if (recent.length === 0) throw new RangeError(`link ${id} has no goodput sample; start it with its nominal goodput`)
    if (!recent.every((sample) => sample > 0 && Number.isFinite(sample)))
      throw new RangeError(`link ${id} has a goodput sample of 0 or no number`)
    return { link: id, bitsPerSecond: quantile(recent, CAUTIOUS_QUANTILE) }
  })
  const [first, ...rest] = estimates
  if (!first) throw new RangeError('no links: there is nobody to send directions to')
  return rest.reduce((slowest, estimate) => (estimate.bitsPerSecond < slowest.bitsPerSecond ? estimate : slowest), first)
}

/** The samples that count, oldest first. */
export function recentSamples(samples: readonly number[]): number[] {
  return samples.slice(-RECENT_SAMPLES)
}

/** With linear interpolation between the two nearest ranks (Hyndman and Fan 1996, type 7). */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const rank = (sorted.length - 1) * share
  const low = sorted[Math.floor(rank)] as number
  const high = sorted[Math.ceil(rank)] as number
  return low + (high - low) * (rank - Math.floor(rank))
}
