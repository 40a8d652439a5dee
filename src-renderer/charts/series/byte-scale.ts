/** Axes of bytes have their ticks at round binary sizes, as the numbers on them are written. */

/** Returns the end of an axis from 0 that holds `most`, and the step between its ticks: a power of two of which the axis has at most `parts`. */
export function byteScale(most: number, parts: number): { max: number; interval: number } {
  const interval = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(most, 1) / parts)))
  return { max: interval * Math.max(1, Math.ceil(most / interval)), interval }
}
