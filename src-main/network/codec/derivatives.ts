/** The values of a phone's scalars frame: derivatives, guided, shared and random ones, then variances, of the guided and the shared ones. */

/** Of a directional derivative, with the variance of the estimate. */
export interface Estimate {
  readonly value: number
  readonly variance: number
}

export interface Derivatives {
  readonly guided: readonly Estimate[]
  readonly shared: readonly Estimate[]
  readonly random: readonly number[]
}

/** @param estimates per direction, in the order guided, shared, random @param alone so many, the last ones, go without their variance */
export function packEstimates(estimates: readonly Estimate[], alone: number): Float64Array {
  return Float64Array.of(
    ...estimates.map(({ value }) => value),
    ...estimates.slice(0, estimates.length - alone).map(({ variance }) => variance),
  )
}

export function unpackDerivatives(values: ArrayLike<number>, shared: number, random: number): Derivatives {
  const list = Array.from(values)
  const measured = (list.length - random) / 2
  const variances = list.slice(measured + random)
  const both = list.slice(0, measured).map((value, k) => ({ value, variance: variances[k]! }))
  return {
    guided: both.slice(0, measured - shared),
    shared: both.slice(measured - shared),
    random: list.slice(measured, measured + random),
  }
}

/** Mean and the unbiased variance of the mean; 0 for a single row, whose spread is unknown. */
export function overRows(rows: ArrayLike<number>): Estimate {
  const n = rows.length
  let value = 0
  for (let i = 0; i < n; i++) value += rows[i]! / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (rows[i]! - value) ** 2
  return { value, variance: n > 1 ? squares / (n - 1) / n : 0 }
}
