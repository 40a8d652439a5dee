/** Moments over phones, each with a weight; the weights add up to 1. */

export interface Weighted {
  readonly value: number
  readonly weight: number
}

export function weightedMean(samples: readonly Weighted[]): number {
  return samples.reduce((sum, { value, weight }) => sum + weight * value, 0)
}

/**
 * Variance of the weighted mean of independent samples, estimated from their spread: s^2 sum_i w_i^2 with the unbiased
 * s^2 = sum_i w_i (x_i - mean)^2 / (1 - sum_i w_i^2). Equal weights give s^2 / n. 0 for a single sample, whose spread is unknown.
 */
export function varianceOfMean(samples: readonly Weighted[]): number {
  const squares = samples.reduce((sum, { weight }) => sum + weight ** 2, 0)
  if (samples.length < 2 || squares >= 1) return 0
  const centre = weightedMean(samples)
  return (samples.reduce((sum, { value, weight }) => sum + weight * (value - centre) ** 2, 0) / (1 - squares)) * squares
}

/** Number of equally weighted samples whose mean would be as certain: 1 / sum_i w_i^2 (Kish 1965). */
export function effectiveSamples(weights: readonly number[]): number {
  return 1 / weights.reduce((sum, weight) => sum + weight ** 2, 0)
}

/** Exponential moving average; the first value stands for itself. */
export function movingAverage(earlier: number | null, value: number, decay: number): number {
  return earlier === null ? value : decay * earlier + (1 - decay) * value
}
