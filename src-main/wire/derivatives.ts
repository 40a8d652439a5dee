/**
 * Packs a phone's measurements into the numbers of its answer: the derivatives in the order of the directions that it was asked to probe, the
 * curvature between them and the decrease of the loss where these were asked for, then all variances, then the indices of directions that it drew.
 */

/** An estimate of a directional derivative, and the variance of that estimate; NaN where the variance isn't sent. */
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
  /** The estimate of each direction. */
  readonly estimates: readonly Estimate[]
  /** The curvature, where it was asked for; its `noise` includes the variances of the estimates. */
  readonly curvature?: Curvature
  readonly review?: Estimate
}

/** The layout of the numbers of an answer, which follows from what the phone was asked. */
export interface AnswerForm {
  /** The number of directions, the last ones, without variance and curvature, because one phone alone probes them. */
  readonly alone: number
  readonly curvature: boolean
  readonly review: boolean
  /** The number of directions that the phone drew out of a set. */
  readonly drawn: number
}

/** An answer's numbers, divided by how they enter a weighted sum: `values` are multiplied by the phone's weight, `squared` by its square. */
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

/** @param length the number of values and of squares together @returns the number of directions */
function directionsIn(length: number, { alone, curvature, review }: Omit<AnswerForm, 'drawn'>): number {
  const rest = length - (review ? 2 : 0) - alone
  // Directions that have variances take m + m (m + 1) numbers with curvature and 2 m without.
  return alone + (curvature ? Math.round(Math.sqrt(1 + rest)) - 1 : rest / 2)
}

/** Returns how many of `length` numbers are values; the squares of weights multiply the others. */
export function valuesIn(length: number, form: Omit<AnswerForm, 'drawn'>): number {
  const count = directionsIn(length, form)
  const m = count - form.alone
  return count + (form.curvature ? (m * (m + 1)) / 2 : 0) + (form.review ? 1 : 0)
}

/** Reverses `packMeasurements`. @param numbers the values, then the squares, then the indices of the drawn directions */
export function unpackMeasurements(numbers: ArrayLike<number>, form: AnswerForm): Measurements & { readonly drawn: readonly number[] } {
  const list = Array.from(numbers)
  const end = list.length - form.drawn
  const values = list.slice(0, valuesIn(end, form))
  const squared = list.slice(values.length, end)
  const count = directionsIn(end, form)
  const m = count - form.alone
  const triangle = (m * (m + 1)) / 2
  // The rows of an upper triangle have m, m - 1, ... numbers, and each begins with the diagonal.
  const varianceAt = (k: number): number => (form.curvature ? k * m - (k * (k - 1)) / 2 : k)
  return {
    estimates: values.slice(0, count).map((value, k) => ({ value, variance: k < m ? squared[varianceAt(k)]! : NaN })),
    ...(form.curvature ? { curvature: { metric: values.slice(count, count + triangle), noise: squared.slice(0, triangle) } } : {}),
    ...(form.review ? { review: { value: values.at(-1)!, variance: squared.at(-1)! } } : {}),
    drawn: list.slice(end),
  }
}

/** Returns the mean over rows and the unbiased variance of that mean, which is 0 for a single row, whose spread is unknown. */
export function overRows(rows: ArrayLike<number>): Estimate {
  const n = rows.length
  let value = 0
  for (let i = 0; i < n; i++) value += rows[i]! / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (rows[i]! - value) ** 2
  return { value, variance: n > 1 ? squares / (n - 1) / n : 0 }
}
