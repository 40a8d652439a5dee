/**
 * Measures the curvature of a batch's loss between directions, from the same passes that measure its derivatives: the Gauss-Newton matrix
 * (Schraudolph 2002) of the cross-entropy H = -log p_y of p = softmax(l),
 *
 *     G_kl = 1/N sum_n J_nk^T (diag p_n - p_n p_n^T) J_nl ,     J_nk = d l_n / d u_k
 *
 * with J from the same two points as the derivatives, (l(theta + eps u) - l(theta - eps u)) / (2 eps), and p at the mean of the logits over all
 * points. G is never negative along any direction, and costs no pass of its own.
 */
import type { Curvature } from '#main/wire/derivatives.ts'

/** Returns the upper triangle of a symmetric matrix of `size` rows, row by row. */
export function triangle(size: number, entry: (k: number, l: number) => number): number[] {
  return Array.from({ length: size }, (_, k) => Array.from({ length: size - k }, (__, i) => entry(k, k + i))).flat()
}

/**
 * @param tangents per direction, the derivatives of the logits [N, C]
 * @param logits [N, C] @param classes C
 * @returns the upper triangle of G
 */
export function gaussNewton(tangents: readonly Float32Array[], logits: Float32Array, classes: number): number[] {
  const rows = logits.length / classes
  const p = softmax(logits, classes)
  // With the centred J' = J - p^T J, the matrix is sum_c p_c J'_c J'_c.
  const centred = tangents.map((tangent) => {
    const out = Float64Array.from(tangent)
    for (let at = 0; at < out.length; at += classes) {
      let mean = 0
      for (let c = 0; c < classes; c++) mean += p[at + c]! * out[at + c]!
      for (let c = 0; c < classes; c++) out[at + c] = out[at + c]! - mean
    }
    return out
  })
  return triangle(tangents.length, (k, l) => {
    const [a, b] = [centred[k]!, centred[l]!]
    let sum = 0
    for (let i = 0; i < p.length; i++) sum += p[i]! * a[i]! * b[i]!
    return sum / rows
  })
}

/**
 * Computes the covariance of the means of several quantities, over the choice of the rows; it is 0 for a single row.
 * @param perRow for each quantity, its value in every row @returns the upper triangle
 */
export function covarianceOfMeans(perRow: readonly ArrayLike<number>[]): number[] {
  const rows = perRow[0]?.length ?? 0
  const centred = perRow.map((values) => {
    const list = Array.from(values)
    const mean = list.reduce((sum, x) => sum + x, 0) / rows
    return list.map((x) => x - mean)
  })
  return triangle(perRow.length, (k, l) => {
    if (rows < 2) return 0
    return centred[k]!.reduce((sum, x, n) => sum + x * centred[l]![n]!, 0) / (rows - 1) / rows
  })
}

/**
 * Computes curvature and covariance of several directions from one batch.
 * @param perRow per direction, the derivative of every row's loss [N]
 */
export function curvature(
  perRow: readonly Float32Array[],
  tangents: readonly Float32Array[],
  logits: Float32Array,
  classes: number,
): Curvature {
  if (classes === 0) throw new Error('rows without classes have no logits to tell curvature from')
  return { metric: gaussNewton(tangents, logits, classes), noise: covarianceOfMeans(perRow) }
}

function softmax(logits: Float32Array, classes: number): Float64Array {
  const p = Float64Array.from(logits)
  for (let at = 0; at < p.length; at += classes) {
    const row = p.subarray(at, at + classes)
    const most = Math.max(...row)
    let sum = 0
    for (let c = 0; c < classes; c++) sum += row[c] = Math.exp(row[c]! - most)
    for (let c = 0; c < classes; c++) row[c] = row[c]! / sum
  }
  return p
}
