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

/** Between the directions that all phones probe, as upper triangles, row by row. */
export interface Curvature {
  /** How the loss bends. */
  readonly metric: readonly number[]
  /** Covariance of the derivatives. */
  readonly noise: readonly number[]
}

/** Values first, which phones' weights multiply, then what the squares of the weights multiply. */
export function packCurved(values: readonly number[], { metric, noise }: Curvature): { values: number[]; squared: readonly number[] } {
  return { values: [...values, ...metric], squared: noise }
}

/** How many directions `packCurved` packed into `length` numbers beside those of `random` ones: m + m (m + 1) in all. */
function curvedDirections(length: number, random: number): number {
  return Math.round(Math.sqrt(1 + length - random)) - 1
}

/** How many of `length` numbers are values. */
export function curvedValues(length: number, random: number): number {
  const m = curvedDirections(length, random)
  return length - (m * (m + 1)) / 2
}

/** Takes what a phone told of the last update off the ends of the values and of their squares, where `withReview` put it. */
export function withoutReview(packed: ArrayLike<number>, random: number): { readonly rest: number[]; readonly review: Estimate } {
  const list = Array.from(packed)
  const at = curvedValues(list.length - 2, random)
  return {
    rest: [...list.slice(0, at), ...list.slice(at + 1, -1)],
    review: { value: list[at]!, variance: list.at(-1)! },
  }
}

export function withReview(
  { values, squared }: { readonly values: readonly number[]; readonly squared: readonly number[] },
  review: Estimate,
): { values: number[]; squared: number[] } {
  return { values: [...values, review.value], squared: [...squared, review.variance] }
}

/** What `packCurved` packed of guided, shared and random directions. */
export function unpackCurved(packed: ArrayLike<number>, shared: number, random: number): Derivatives & { readonly curvature: Curvature } {
  const list = Array.from(packed)
  const m = curvedDirections(list.length, random)
  const end = curvedValues(list.length, random)
  const noise = list.slice(end)
  let diagonal = 0
  const measured = list.slice(0, m).map((value, k): Estimate => {
    const variance = noise[diagonal]!
    diagonal += m - k
    return { value, variance }
  })
  return {
    guided: measured.slice(0, m - shared),
    shared: measured.slice(m - shared),
    random: list.slice(m, m + random),
    curvature: { metric: list.slice(m + random, end), noise },
  }
}
