/** Exponential smoothing of a series. */

/**
 * y_t = (w y'_(t-1) + (1 - w) x_t) / (1 - w^t): the weighted mean of what came so far, in which each value weighs w times its successor;
 * the denominator keeps the beginning from leaning to 0. NaN is left out of the mean and stays NaN.
 * @param weight w, 0 (as it is) to below 1
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let sum = 0
  let mass = 0
  return values.map((value) => {
    if (Number.isNaN(value)) return value
    sum = weight * sum + (1 - weight) * value
    mass = weight * mass + (1 - weight)
    return sum / mass
  })
}
