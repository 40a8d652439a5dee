/**
 * The pool of recent guided directions s_1..s_K and the orthonormal basis they span. Directions stay coded; what is kept of them
 * otherwise is their Gram matrix, in which Gram-Schmidt runs without ever holding a direction in float32 as a whole.
 */
import { type CodedDirection, decodeInto } from '#main/network/codec/coded-direction.ts'
import type { ParameterLayout } from '../parameters.ts'

/** A residual this small, of a direction of length 1, is noise. */
const RESIDUAL_LIMIT = 1e-3

export class DirectionPool {
  readonly capacity: number
  private readonly layout: ParameterLayout
  private readonly directions: CodedDirection[] = []
  /** gram[i][j] = s_i . s_j, oldest first. */
  private gram: number[][] = []

  constructor(layout: ParameterLayout, capacity: number) {
    this.layout = layout
    this.capacity = capacity
  }

  get count(): number {
    return this.directions.length
  }

  /** Adds a direction; the oldest leaves when the pool is full. */
  push(direction: CodedDirection): void {
    if (this.directions.length === this.capacity) {
      this.directions.shift()
      this.gram = this.gram.slice(1).map((row) => row.slice(1))
    }
    this.directions.push(direction)
    const products = this.products(direction)
    this.gram.forEach((row, i) => row.push(products[i]!))
    this.gram.push(products)
  }

  /** Decodes tensor `parameter` (its index in the layout) of direction `index` into `out`. */
  decode(index: number, parameter: number, out: Float32Array): void {
    decodeInto(this.directions[index]!, parameter, out, 0)
  }

  /**
   * Rows of coefficients T with u_k = sum_j T[k][j] s_j orthonormal: Gram-Schmidt, newest first, two passes (Giraud et al. 2005),
   * dropping residuals below 1e-3. All arithmetic is float64 on the same bytes, so every process gets the same basis.
   */
  basis(): Float64Array[] {
    const count = this.directions.length
    const product = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, x, i) => sum + x * this.gram[i]!.reduce((inner, g, j) => inner + g * b[j]!, 0), 0)
    const basis: Float64Array[] = []
    for (let newest = count - 1; newest >= 0; newest--) {
      const length = Math.sqrt(this.gram[newest]![newest]!)
      if (!(length > 0)) continue
      const w = new Float64Array(count)
      w[newest] = 1 / length
      for (let pass = 0; pass < 2; pass++) {
        for (const u of basis) {
          const along = product(u, w)
          for (let j = 0; j < count; j++) w[j] = w[j]! - along * u[j]!
        }
      }
      const residual = Math.sqrt(Math.max(0, product(w, w)))
      if (residual > RESIDUAL_LIMIT) basis.push(w.map((x) => x / residual))
    }
    return basis
  }

  private products(direction: CodedDirection): number[] {
    const sums = Array<number>(this.directions.length).fill(0)
    const widest = this.layout.parameters.reduce((most, { size }) => Math.max(most, size), 0)
    const mine = new Float32Array(widest)
    const theirs = new Float32Array(widest)
    this.layout.parameters.forEach(({ size }, parameter) => {
      decodeInto(direction, parameter, mine, 0)
      this.directions.forEach((other, j) => {
        const operand = other === direction ? mine : theirs
        if (operand === theirs) decodeInto(other, parameter, theirs, 0)
        let sum = 0
        for (let i = 0; i < size; i++) sum += mine[i]! * operand[i]!
        sums[j] = sums[j]! + sum
      })
    })
    return sums
  }
}
