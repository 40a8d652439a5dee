/** Small symmetric matrices in float64. */

export type Matrix = readonly (readonly number[])[]

/** @param values the upper triangle, row by row @returns the whole matrix */
export function fromTriangle(values: readonly number[]): number[][] {
  const size = Math.round((Math.sqrt(1 + 8 * values.length) - 1) / 2)
  const matrix = Array.from({ length: size }, () => Array<number>(size).fill(0))
  let at = 0
  for (let k = 0; k < size; k++) for (let l = k; l < size; l++) matrix[k]![l] = matrix[l]![k] = values[at++]!
  return matrix
}

/** Returns the lower triangular L with L L^T = A; null if A is not positive definite. */
export function cholesky(a: Matrix): number[][] | null {
  const l = a.map((row) => row.map(() => 0))
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!
      for (let k = 0; k < j; k++) sum -= l[i]![k]! * l[j]![k]!
      if (i === j && !(sum > 0)) return null
      l[i]![j] = i === j ? Math.sqrt(sum) : sum / l[j]![j]!
    }
  }
  return l
}

/** Solves L x = y and returns L^-1 x. */
export function forwardSolve(l: Matrix, x: readonly number[]): number[] {
  const y: number[] = []
  x.forEach((value, i) => y.push((value - y.reduce((sum, yj, j) => sum + l[i]![j]! * yj, 0)) / l[i]![i]!))
  return y
}

/** Solves L^T x = y and returns L^-T y. */
export function backwardSolve(l: Matrix, y: readonly number[]): number[] {
  const x = [...y]
  for (let i = y.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < y.length; j++) x[i] = x[i]! - l[j]![i]! * x[j]!
    x[i] = x[i]! / l[i]![i]!
  }
  return x
}

export function transposed(a: Matrix): number[][] {
  return a.map((_, j) => a.map((row) => row[j]!))
}
