/** Moments over phones. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length
}

/** Unbiased variance; 0 for a single value, whose spread is unknown. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1)
}

/** Column k of a list of rows. */
export function column(rows: readonly (readonly number[])[], k: number): number[] {
  return rows.map((row) => row[k]!)
}

/** Exponential moving average; the first value stands for itself. */
export function movingAverage(earlier: number | null, value: number, decay: number): number {
  return earlier === null ? value : decay * earlier + (1 - decay) * value
}
