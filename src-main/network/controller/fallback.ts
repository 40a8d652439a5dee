/**
 * What takes the place of directions whose sending would take too long: the largest values alone; the directions that phones have, while
 * the new ones travel; or none at all, in a round of plain zeroth-order probes. Each is judged as the bits are, by what it is worth for the
 * time of the round,
 *
 *     worth / (roundSeconds + what the phones wait)
 *
 * with the worth of exact directions as 1. Worths are round figures from runs of the built-in task: how many times the rounds to a target
 * accuracy were those with exact directions.
 */
import type { CompressionRequest, Fallback } from './decision.ts'
import type { Deadlines } from './deadlines.ts'

/** The worth by the share of values that are kept. */
const SPARSE_WORTHS = [
  [0.02, 0.25],
  [0.01, 0.15],
  [0.005, 0.1],
] as const
const STALE_WORTH = 0.4
const PLAIN_WORTH = 0.05

interface Alternative {
  readonly fallback: Fallback
  /** The worth per second of virtual time. */
  readonly rate: number
}

/** @param leastSent bytes sent once each layer is through, at the least bits @returns the best there is, null where nothing is left but to wait */
export function bestAlternative(request: CompressionRequest, deadlines: Deadlines, leastSent: readonly number[]): Alternative | null {
  const { sparseBytes, layers, roundSeconds, canBeStale, canDoWithout } = request
  const alternatives: Alternative[] = []
  for (const [keptShare, worth] of sparseBytes ? SPARSE_WORTHS : []) {
    let sent = 0
    const late = deadlines.lateSeconds(layers.map(({ layer }) => (sent += sparseBytes!(layer, keptShare))))
    alternatives.push({ fallback: { kind: 'sparse', keptShare }, rate: worth / (roundSeconds + late) })
  }
  // New directions travel while the round computes.
  if (canBeStale) {
    alternatives.push({ fallback: { kind: 'stale' }, rate: STALE_WORTH / Math.max(roundSeconds, deadlines.lateSeconds(leastSent)) })
  }
  if (canDoWithout) alternatives.push({ fallback: { kind: 'plain' }, rate: PLAIN_WORTH / roundSeconds })
  return alternatives.reduce<Alternative | null>((best, next) => (best && best.rate >= next.rate ? best : next), null)
}
