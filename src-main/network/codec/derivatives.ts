/** The values of a phone's scalars frame: derivatives, guided, shared and random ones, then variances, of the guided and the shared ones. */

export interface Derivatives {
  readonly guided: readonly { readonly value: number; readonly variance: number }[]
  readonly shared: readonly { readonly value: number; readonly variance: number }[]
  readonly random: readonly number[]
}

/** @param rows per direction, in the order guided, shared, random, the derivative of every row's loss @param random how many are random */
export function packDerivatives(rows: readonly ArrayLike<number>[], random: number): Float64Array {
  const measured = rows.map(meanOfRows)
  return Float64Array.of(
    ...measured.map(({ value }) => value),
    ...measured.slice(0, measured.length - random).map(({ variance }) => variance),
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
function meanOfRows(rows: ArrayLike<number>): { value: number; variance: number } {
  const n = rows.length
  let value = 0
  for (let i = 0; i < n; i++) value += rows[i]! / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (rows[i]! - value) ** 2
  return { value, variance: n > 1 ? squares / (n - 1) / n : 0 }
}
