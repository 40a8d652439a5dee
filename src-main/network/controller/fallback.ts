/**
 * The fallbacks for directions that would take too long to send: only their largest values; the directions that phones have, while the new ones
 * travel; or none at all, in a round of plain zeroth-order probes. Like bits, each is judged by its worth for the time of the round,
 *
 *     worth / (roundSeconds + the seconds that phones wait)
 *
 * where exact directions are worth 1. The worths are rounded from runs of the built-in task: the rounds to a target accuracy with exact directions,
 * divided by those with the fallback.
 */
import type { CompressionRequest, Fallback } from './decision.ts'
import type { Deadlines } from './deadlines.ts'

/** The worth of sending only the largest values, by the share of values that are kept. */
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

/** @param leastSent the bytes sent by the end of each layer, at the least bits @returns the best fallback; null if there is none but waiting */
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
