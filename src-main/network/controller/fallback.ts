/**
 * Where even the least bits keep the phones waiting too long: send the largest values alone; else let the phones probe along the
 * directions that they have, while the new ones travel; else no directions at all, and the round is plain zeroth-order.
 */
import type { CompressionRequest, Fallback } from './decision.ts'
import type { Deadlines } from './deadlines.ts'

/** Shares of the values that are kept, largest first. The code of half of the last is still a direction; of less, hardly. */
const KEPT_SHARES = [0.02, 0.01, 0.005] as const

/** @param leastSent bytes sent once each layer is through, at the least bits @returns null where nothing is left but to wait */
export function fallback(
  { sparseBytes, layers, roundSeconds, canBeStale, canDoWithout }: CompressionRequest,
  deadlines: Deadlines,
  leastSent: readonly number[],
  patienceSeconds: number,
): Fallback | null {
  for (const keptShare of sparseBytes ? KEPT_SHARES : []) {
    const bytes = layers.map(({ layer }) => sparseBytes!(layer, keptShare))
    if (deadlines.lateSeconds(prefixes(bytes)) <= patienceSeconds) return { kind: 'sparse', keptShare }
  }
  // They travel beside all that the round computes.
  if (canBeStale && deadlines.lateSeconds(leastSent) <= roundSeconds + patienceSeconds) return { kind: 'stale' }
  if (canDoWithout) return { kind: 'plain' }
  return canBeStale ? { kind: 'stale' } : null
}

function prefixes(bytes: readonly number[]): number[] {
  let sent = 0
  return bytes.map((own) => (sent += own))
}
