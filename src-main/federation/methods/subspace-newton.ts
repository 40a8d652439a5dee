/**
 * A Newton step inside the span of a few probed directions v_1..v_m, from what the phones measured along them:
 *
 *     a = sum_i w_i a_i          derivatives
 *     G = sum_i w_i G_i          Gauss-Newton matrix: how the loss bends between the directions
 *     V = sum_i w_i^2 V_i        covariance of a, from the choice of the phones' rows
 *
 * With G = L L^T the coordinates b = L^-1 a are those in which the loss bends equally in every direction: x = L^-T y lowers it by
 * b.y - |y|^2 / 2, whatever the lengths of the v_k are and however they are correlated. b holds the gradient's part and noise of covariance
 * L^-1 V L^-T. Each direction's b says what it adds beyond those before it.
 */
import { type Matrix, backwardSolve, cholesky, forwardSolve, fromTriangle, transposed } from '../symmetric.ts'
import { type Estimate, weightedMean } from '../statistics.ts'
import type { PhoneScalars } from './method.ts'

/** Of a group of directions: |b|^2 = signal + noise, of which the noise is expected and the signal, what is left, has no bias. */
export interface Evidence {
  readonly count: number
  readonly signal: number
  readonly noise: number
}

export interface Whitened {
  /** b */
  readonly slopes: readonly number[]
  /** Evidence of the directions from `from` to before `to`. */
  evidence(from: number, to: number): Evidence
  /** Coefficients x of the directions for a step y. */
  coefficients(step: readonly number[]): number[]
}

/** Added to the diagonal of G, as a share of it (Levenberg 1944, Marquardt 1963): G is known from a few rows only. */
const DAMPING = 0.03
const MOST_DAMPING = 1e9

/** @param reports of phones that measured their curvature */
export function whiten(reports: readonly PhoneScalars[]): Whitened {
  const [first] = reports as [PhoneScalars]
  const slopesOf = (kind: 'guided' | 'shared'): number[] =>
    first[kind].map((_, k) => weightedMean(reports.map((report): Estimate => ({ ...report[kind][k]!, weight: report.weight }))).value)
  const derivatives = [...slopesOf('guided'), ...slopesOf('shared')]
  const metric = weightedSum(reports, ({ curvature, weight }) => curvature!.metric.map((x) => weight * x))
  const noise = weightedSum(reports, ({ curvature, weight }) => curvature!.noise.map((x) => weight ** 2 * x))
  const factor = damped(metric)
  const slopes = forwardSolve(factor, derivatives)
  // Row k of L^-1 V, then of L^-1 (L^-1 V)^T.
  const half = transposed(noise.map((row) => forwardSolve(factor, row)))
  const variances = half.map((row, k) => forwardSolve(factor, row)[k]!)
  return {
    slopes,
    evidence(from, to) {
      const noiseOf = variances.slice(from, to).reduce((sum, x) => sum + x, 0)
      return { count: to - from, noise: noiseOf, signal: slopes.slice(from, to).reduce((sum, x) => sum + x * x, 0) - noiseOf }
    },
    coefficients: (step) => backwardSolve(factor, step),
  }
}

/** sum_i over the phones' triangles, as a matrix. */
function weightedSum(reports: readonly PhoneScalars[], triangleOf: (report: PhoneScalars) => number[]): number[][] {
  return fromTriangle(reports.map(triangleOf).reduce((sum, triangle) => sum.map((x, i) => x + triangle[i]!)))
}

/** The factor L of G with more damping until there is one; directions along which nothing bends get next to no step. */
function damped(metric: Matrix): Matrix {
  const most = Math.max(...metric.map((row, k) => row[k]!)) || 1
  for (let damping = DAMPING; damping < MOST_DAMPING; damping *= 4) {
    const factor = cholesky(metric.map((row, k) => row.map((x, l) => (k === l ? x + damping * Math.max(x, 1e-6 * most) : x))))
    if (factor) return factor
  }
  throw new Error('curvature that is no number')
}
