/**
 * A Newton step inside the span of a few probed directions v_1..v_m, from what the phones measured along them:
 *
 *     a = sum_i w_i a_i          derivatives
 *     G = sum_i w_i G_i          Gauss-Newton matrix: how the loss bends between the directions
 *     V = sum_i w_i^2 V_i        covariance of a, from the choice of the phones' rows
 *
 * With G = L L^T the coordinates b = L^-1 a are those in which the loss bends equally in every direction: x = L^-T y lowers it by
 * b.y - |y|^2 / 2, whatever the lengths of the v_k are and however they are correlated. b holds the gradient's part and noise of covariance
 * L^-1 V L^-T. A direction's entry of b is what it adds to the directions before it.
 */
import { type Matrix, backwardSolve, cholesky, forwardSolve, fromTriangle, transposed } from '../symmetric.ts'
import { commonDirections } from './common-directions.ts'
import type { PhoneScalars } from './method.ts'

/** The evidence along a group of directions: |b|^2 = signal + noise, where noise is the expected part and the rest is an unbiased estimate of the signal. */
export interface Evidence {
  readonly count: number
  readonly signal: number
  readonly noise: number
}

export interface Whitened {
  /** b */
  readonly slopes: readonly number[]
  /** Returns the evidence of the directions from `from` to before `to`. */
  evidence(from: number, to: number): Evidence
  /** Returns a.x, by which the loss falls along x to first order. */
  along(coefficients: readonly number[]): number
  /**
   * Computes the coefficients x = (G + mu I)^-1 a, where a is made from weighted whitened slopes and mu is the least for which x is within limits.
   * @param weights per direction, the share of its slope to follow
   */
  step(weights: readonly number[], within: StepLimits): NewtonStep
}

export interface StepLimits {
  /** The number of guided coefficients, which come first; together they may be no longer than `length`. */
  readonly guided: number
  readonly length: number
  /** The limit of x^T G x / 2. */
  readonly nats: number
}

interface NewtonStep {
  readonly coefficients: readonly number[]
  /** The length of the first `guided` coefficients. */
  readonly length: number
  /** x^T G x / 2 */
  readonly nats: number
}

/** The share of G's diagonal that is added to it, since G is known from a few rows only (Levenberg 1944, Marquardt 1963). */
const DAMPING = 0.03
const MOST_DAMPING = 1e9

/** @param reports of phones that measured their curvature @param rows the effective number of independent rows that they measured it on */
export function whiten(reports: readonly PhoneScalars[], rows: number): Whitened {
  const derivatives = commonDirections(reports).map(({ mean }) => mean.value)
  const metric = shrunk(
    weightedSum(reports, ({ curvature, weight }) => curvature!.metric.map((x) => weight * x)),
    rows,
  )
  const noise = shrunk(
    weightedSum(reports, ({ curvature, weight }) => curvature!.noise.map((x) => weight ** 2 * x)),
    rows,
  )
  const factor = damped(metric)
  const most = Math.max(...metric.map((row, k) => row[k]!)) || 1
  const lengthOf = (x: readonly number[], guided: number): number => Math.hypot(...x.slice(0, guided))
  /** Solves with mu on the diagonal of the guided directions. */
  const solved = (mu: number, weights: readonly number[], guided: number): number[] => {
    const own = mu === 0 ? factor : damped(metric.map((row, k) => row.map((x, l) => (k === l && k < guided ? x + mu : x))))
    return backwardSolve(
      own,
      forwardSolve(own, derivatives).map((b, k) => weights[k]! * b),
    )
  }
  const slopes = forwardSolve(factor, derivatives)
  // Row k of L^-1 V, then of L^-1 (L^-1 V)^T.
  const firstHalf = transposed(noise.map((row) => forwardSolve(factor, row)))
  const variances = firstHalf.map((row, k) => forwardSolve(factor, row)[k]!)
  return {
    slopes,
    evidence(from, to) {
      const noiseOf = variances.slice(from, to).reduce((sum, x) => sum + x, 0)
      return { count: to - from, noise: noiseOf, signal: slopes.slice(from, to).reduce((sum, x) => sum + x * x, 0) - noiseOf }
    },
    along: (x) => derivatives.reduce((sum, a, k) => sum + a * x[k]!, 0),
    step(weights, { guided, length, nats }) {
      let x = solved(0, weights, guided)
      if (lengthOf(x, guided) > length)
        x = shortest(
          (mu) => solved(mu, weights, guided),
          (y) => lengthOf(y, guided) <= length,
          most,
        )
      const half = halfSquare(factor, x)
      if (half > nats) x = x.map((value) => value * Math.sqrt(nats / half))
      return { coefficients: x, length: lengthOf(x, guided), nats: Math.min(half, nats) }
    },
  }
}

/**
 * Shrinks a covariance towards its diagonal by m / (m + rows) (as in Ledoit and Wolf 2004). Where m directions outnumber the rows, there are always
 * combinations along which the losses of these rows neither bend nor differ, and a step would go far along them.
 */
function shrunk(matrix: Matrix, rows: number): number[][] {
  const kept = rows / (matrix.length + rows)
  return matrix.map((row, k) => row.map((x, l) => (k === l ? x : kept * x)))
}

/** Returns the x of the least mu, within 1 %, for which x fits: a larger mu makes x shorter (Moré and Sorensen 1983). */
function shortest(solve: (mu: number) => number[], fits: (x: readonly number[]) => boolean, scale: number): number[] {
  let [low, high] = [0, 1e-6 * scale]
  while (!fits(solve(high))) [low, high] = [high, 4 * high]
  while (high - low > 0.01 * high) {
    const middle = (low + high) / 2
    if (fits(solve(middle))) high = middle
    else low = middle
  }
  return solve(high)
}

/** x^T L L^T x / 2 */
function halfSquare(factor: Matrix, x: readonly number[]): number {
  const y = factor.map((_, j) => x.reduce((sum, value, i) => sum + (i >= j ? factor[i]![j]! * value : 0), 0))
  return y.reduce((sum, value) => sum + value * value, 0) / 2
}

/** Returns the weighted sum of the phones' matrices, which come as upper triangles. */
function weightedSum(reports: readonly PhoneScalars[], triangleOf: (report: PhoneScalars) => number[]): number[][] {
  return fromTriangle(reports.map(triangleOf).reduce((sum, triangle) => sum.map((x, i) => x + triangle[i]!)))
}

/** Factors G into L, with more damping until that succeeds. Directions along which the loss doesn't bend get next to no step. */
function damped(metric: Matrix): Matrix {
  const most = Math.max(...metric.map((row, k) => row[k]!)) || 1
  for (let damping = DAMPING; damping < MOST_DAMPING; damping *= 4) {
    const factor = cholesky(metric.map((row, k) => row.map((x, l) => (k === l ? x + damping * Math.max(x, 1e-6 * most) : x))))
    if (factor) return factor
  }
  throw new Error('curvature that is no number')
}
