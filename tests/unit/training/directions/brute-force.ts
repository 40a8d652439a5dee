/** Plain vector arithmetic in float64, as the oracle of what runs in Gram matrices and kernels. */

export type Vector = ArrayLike<number>

export function dot(a: Vector, b: Vector): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** sum_k weights[k] vectors[k] */
export function combine(weights: Vector, vectors: readonly Vector[], length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => vectors.reduce((sum, vector, k) => sum + weights[k]! * vector[i]!, 0))
}

/** Orthonormal vectors of the span: Gram-Schmidt on the vectors themselves, newest (last) first, two passes, residuals below 1e-3 dropped. */
export function gramSchmidt(vectors: readonly Vector[]): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of [...vectors].reverse()) {
    const length = Math.sqrt(dot(vector, vector))
    if (length === 0) continue
    let w = Float64Array.from(vector, (x) => x / length)
    for (let pass = 0; pass < 2; pass++) {
      for (const u of basis) {
        const along = dot(u, w)
        w = w.map((x, i) => x - along * u[i]!)
      }
    }
    const residual = Math.sqrt(dot(w, w))
    if (residual > 1e-3) basis.push(w.map((x) => x / residual))
  }
  return basis
}

/** What is left of a vector outside the span of orthonormal vectors. */
export function outside(vector: Vector, basis: readonly Vector[]): Float64Array {
  return Float64Array.from(vector, (x, i) => x - basis.reduce((sum, u) => sum + dot(u, vector) * u[i]!, 0))
}
