/** Applies a deadline: whose answers count, and how many probes a slow phone can make in time. */

interface Arrival {
  readonly phone: number
  /** The virtual time at which its answer has arrived whole. */
  readonly seconds: number
}

/**
 * The phones whose answers are in by `deadline`, in the order given; the first answer is waited for in any case, since without one there
 * is nothing to aggregate. `closes`: when the server stops waiting.
 */
export function inTime(arrivals: readonly Arrival[], deadline: number): { phones: number[]; closes: number } {
  const last = arrivals.reduce((latest, { seconds }) => Math.max(latest, seconds), -Infinity)
  if (last <= deadline) return { phones: arrivals.map(({ phone }) => phone), closes: last }
  const first = arrivals.reduce((least, arrival) => (arrival.seconds < least.seconds ? arrival : least), arrivals[0]!)
  const closes = Math.max(deadline, first.seconds)
  return { phones: arrivals.filter(({ seconds }) => seconds <= closes).map(({ phone }) => phone), closes }
}

/** The most directions, from 1 to `wanted`, that are answered within `limitSeconds`; 1 if none are. `seconds` doesn't fall with the number. */
export function affordableProbes(wanted: number, limitSeconds: number, seconds: (directions: number) => number): number {
  let [least, beyond] = [1, wanted + 1]
  while (beyond - least > 1) {
    const middle = (least + beyond) >> 1
    if (seconds(middle) <= limitSeconds) least = middle
    else beyond = middle
  }
  return Math.min(least, wanted)
}
