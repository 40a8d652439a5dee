/**
 * The numbers of a phone's answer, in the order of the directions that it was asked to probe: their derivatives, then what curvature there is
 * between them, then by how much the last update lowered the loss; of all these the variances; then which directions it drew.
 */

/** Of a directional derivative, with the variance of the estimate; NaN where that isn't told. */
export interface Estimate {
  readonly value: number
  readonly variance: number
}

/** Matrices between the directions that all phones probe, as upper triangles, row by row. */
export interface Curvature {
  /** The curvature of the loss. */
  readonly metric: readonly number[]
  /** The covariance of the derivatives. */
  readonly noise: readonly number[]
}

export interface Measurements {
  /** One per direction. */
  readonly estimates: readonly Estimate[]
  /** In place of the variances, which are part of it. */
  readonly curvature?: Curvature
  readonly review?: Estimate
}

/** What tells how the numbers of an answer are to be read. */
export interface AnswerForm {
  /** Of the directions so many, the last ones, go without variance and curvature: what a phone alone probes. */
  readonly alone: number
  readonly curvature: boolean
  readonly review: boolean
  /** Directions that were drawn out of a set. */
  readonly drawn: number
}

/** Values, which a weight of the phone multiplies, and what its square multiplies. */
interface PackedMeasurements {
  readonly values: readonly number[]
  readonly squared: readonly number[]
}

export function packMeasurements({ estimates, curvature, review }: Measurements, alone: number): PackedMeasurements {
  const variances = estimates.slice(0, estimates.length - alone).map(({ variance }) => variance)
  return {
    values: [...estimates.map(({ value }) => value), ...(curvature?.metric ?? []), ...(review ? [review.value] : [])],
    squared: [...(curvature?.noise ?? variances), ...(review ? [review.variance] : [])],
  }
}

/** @param length of values and squares together */
function directionsIn(length: number, { alone, curvature, review }: Omit<AnswerForm, 'drawn'>): number {
  const rest = length - (review ? 2 : 0) - alone
  // With curvature m directions take m + m (m + 1) numbers, and 2 m without.
  return alone + (curvature ? Math.round(Math.sqrt(1 + rest)) - 1 : rest / 2)
}

/** How many of `length` numbers are values; the others are what squares of weights multiply. */
export function valuesIn(length: number, form: Omit<AnswerForm, 'drawn'>): number {
  const count = directionsIn(length, form)
  const m = count - form.alone
  return count + (form.curvature ? (m * (m + 1)) / 2 : 0) + (form.review ? 1 : 0)
}

/** What `packMeasurements` packed, values first, and then the directions drawn. */
export function unpackMeasurements(numbers: ArrayLike<number>, form: AnswerForm): Measurements & { readonly drawn: readonly number[] } {
  const list = Array.from(numbers)
  const end = list.length - form.drawn
  const values = list.slice(0, valuesIn(end, form))
  const squared = list.slice(values.length, end)
  const count = directionsIn(end, form)
  const m = count - form.alone
  const triangle = (m * (m + 1)) / 2
  // In a triangle of m rows the diagonal begins rows of m, m - 1, ... numbers.
  const varianceAt = (k: number): number => (form.curvature ? k * m - (k * (k - 1)) / 2 : k)
  return {
    estimates: values.slice(0, count).map((value, k) => ({ value, variance: k < m ? squared[varianceAt(k)]! : NaN })),
    ...(form.curvature ? { curvature: { metric: values.slice(count, count + triangle), noise: squared.slice(0, triangle) } } : {}),
    ...(form.review ? { review: { value: values.at(-1)!, variance: squared.at(-1)! } } : {}),
    drawn: list.slice(end),
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
