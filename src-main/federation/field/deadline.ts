/** Applies a deadline: whose answers count, and how many probes a slow phone can make in time. */

interface Arrival {
  readonly phone: number
  /** The virtual time at which the last byte of the phone's answer has arrived. */
  readonly seconds: number
}

/**
 * Selects the phones whose answers are in by `deadline`, in the order given. The server waits for the first answer in any case, since without one
 * there is nothing to aggregate.
 * @returns also `closes`, the time at which the server stops waiting
 */
export function inTime(arrivals: readonly Arrival[], deadline: number): { phones: number[]; closes: number } {
  const last = arrivals.reduce((latest, { seconds }) => Math.max(latest, seconds), -Infinity)
  if (last <= deadline) return { phones: arrivals.map(({ phone }) => phone), closes: last }
  const first = arrivals.reduce((least, arrival) => (arrival.seconds < least.seconds ? arrival : least), arrivals[0]!)
  const closes = Math.max(deadline, first.seconds)
  return { phones: arrivals.filter(({ seconds }) => seconds <= closes).map(({ phone }) => phone), closes }
}

/** @param seconds the time for a number of directions; it must not fall as the number grows @returns how many fit `limitSeconds`, from 1 to `wanted` */
export function affordableProbes(wanted: number, limitSeconds: number, seconds: (directions: number) => number): number {
  let [least, beyond] = [1, wanted + 1]
  while (beyond - least > 1) {
    const middle = (least + beyond) >> 1
    if (seconds(middle) <= limitSeconds) least = middle
    else beyond = middle
  }
  return Math.min(least, wanted)
}
