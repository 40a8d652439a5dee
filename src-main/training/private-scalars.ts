/**
 * The Gaussian mechanism on a phone's answer (Dwork and Roth 2014): the phone's whole vector of a round is one contribution, so the phone is protected
 * (client level), not a single row.
 *
 * The noise is drawn from the scenario's seed, so that a run can be repeated, which is right for measuring what privacy costs. A deployment must draw it
 * from the operating system's entropy, and round to a grid first (Mironov 2012, on the low bits of floating point).
 */
import type { Stream } from '#shared/random/counter.ts'

/** Returns the vector, shortened to length `limit` if it is longer. */
export function clip(values: ArrayLike<number>, limit: number): number[] {
  const list = Array.from(values)
  const length = Math.hypot(...list)
  return length > limit ? list.map((value) => (value * limit) / length) : list
}

/** Returns the vector plus independent normal noise of standard deviation `deviation`. */
export function withNoise(values: readonly number[], deviation: number, stream: Stream): number[] {
  return values.map((value) => value + deviation * stream.normal())
}
