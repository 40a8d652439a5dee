/** Statistics of weighted estimates, of which each phone gives one; the weights add up to 1. */

export interface WeightedEstimate {
  readonly value: number
  /** The uncertainty of `value`. */
  readonly variance: number
  readonly weight: number
}

/** The weighted mean of independent estimates, sum_i w_i x_i, and its variance, sum_i w_i^2 v_i. */
export function weightedMean(estimates: readonly WeightedEstimate[]): { value: number; variance: number } {
  return {
    value: estimates.reduce((sum, { value, weight }) => sum + weight * value, 0),
    variance: estimates.reduce((sum, { variance, weight }) => sum + weight ** 2 * variance, 0),
  }
}

/** Returns the number of equally weighted samples whose mean would be as certain: 1 / sum_i w_i^2 (Kish 1965). */
export function effectiveSamples(weights: readonly number[]): number {
  return 1 / weights.reduce((sum, weight) => sum + weight ** 2, 0)
}

/** Returns the next value of an exponential moving average. @param earlier null before the first value, which is then the average */
export function movingAverage(earlier: number | null, value: number, decay: number): number {
  return earlier === null ? value : decay * earlier + (1 - decay) * value
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length
}
