/**
 * The pool of recent guided directions s_1..s_K and the orthonormal bases that they span. Directions stay coded; beside them only their Gram matrix in
 * each layer is kept, on which Gram-Schmidt runs without ever holding a direction in float32 as a whole.
 */
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { CodedDirection } from '#main/wire/coded-direction.ts'
import type { ParameterLayout } from '../parameters.ts'
import { ArenaDecoder } from './arena-decoder.ts'

/** The length below which the residual of a direction of length 1 is noise. */
const RESIDUAL_LIMIT = 1e-3

/** gram[i][j] = s_i . s_j, oldest first. */
type Gram = readonly (readonly number[])[]

export class DirectionPool {
  readonly capacity: number
  private readonly layout: ParameterLayout
  private readonly arena: Arena
  private readonly kernels: Kernels
  private readonly decoder: ArenaDecoder
  /** The buffers of two tensors whose product is taken. */
  private readonly pair: readonly [Float32Array, Float32Array]
  private readonly directions: CodedDirection[] = []
  /** The Gram matrices of the directions' parts, by layer. */
  private grams: number[][][]

  constructor(layout: ParameterLayout, capacity: number, arena: Arena, kernels: Kernels) {
    this.layout = layout
    this.capacity = capacity
    this.arena = arena
    this.kernels = kernels
    this.decoder = new ArenaDecoder(capacity === 0 ? [] : layout.parameters, arena, kernels)
    const size = capacity === 0 ? 0 : widest(layout)
    this.pair = [arena.floats(size), arena.floats(size)]
    this.grams = layout.byLayer.map(() => [])
  }

  /** Returns the bytes it takes of an arena. */
  static bytes(layout: ParameterLayout, capacity: number): number {
    return capacity === 0 ? 0 : ArenaDecoder.bytes(layout.parameters) + 2 * Arena.sizeOf(4 * widest(layout))
  }

  get count(): number {
    return this.directions.length
  }

  clear(): void {
    this.directions.length = 0
    this.grams = this.layout.byLayer.map(() => [])
  }

  /** Adds a direction; the oldest leaves when the pool is full. */
  push(direction: CodedDirection): void {
    if (this.directions.length === this.capacity) {
      this.directions.shift()
      this.grams = this.grams.map((gram) => gram.slice(1).map((row) => row.slice(1)))
    }
    this.directions.push(direction)
    this.products(direction).forEach((products, layer) => {
      const gram = this.grams[layer]!
      gram.forEach((row, i) => row.push(products[i]!))
      gram.push(products)
    })
  }

  /** Decodes tensor `parameter` (its index in the layout) of direction `index` into `out`, which lies in the arena. */
  decode(index: number, parameter: number, out: Float32Array): void {
    this.decoder.decode(this.directions[index]!, parameter, out)
  }

  /** Returns the products of the newest direction with itself and with each one before it, newest first. */
  newestProducts(): number[] {
    const newest = this.directions.length - 1
    return this.directions.map((_, i) => this.product(newest, newest - i))
  }

  /** Returns rows of coefficients T for which the u_k = sum_j T[k][j] s_j are orthonormal, newest direction first. */
  basis(): Float64Array[] {
    return gramSchmidt(this.directions.map((_, i) => this.directions.map((__, j) => this.product(i, j))))
  }

  /** Computes bases like `basis` for each layer, from the directions' parts in it. Parts in different layers are always orthogonal. */
  blockBases(): Float64Array[][] {
    return this.grams.map(gramSchmidt)
  }

  private product(i: number, j: number): number {
    return this.grams.reduce((sum, gram) => sum + gram[i]![j]!, 0)
  }

  /** Returns, for each layer, the products of the newest direction with every direction. */
  private products(direction: CodedDirection): number[][] {
    const sums = this.layout.byLayer.map(() => Array<number>(this.directions.length).fill(0))
    const [mine, theirs] = this.pair
    this.layout.parameters.forEach(({ size, layer }, parameter) => {
      this.decoder.decode(direction, parameter, mine.subarray(0, size))
      this.directions.forEach((other, j) => {
        const operand = other === direction ? mine : theirs
        if (operand === theirs) this.decoder.decode(other, parameter, theirs.subarray(0, size))
        const product = this.kernels.dot(this.arena.offsetOf(mine), this.arena.offsetOf(operand), size)
        sums[layer]![j] = sums[layer]![j]! + product
      })
    })
    return sums
  }
}

/**
 * Gram-Schmidt in coefficients, newest (last) first, two passes (Giraud et al. 2005), dropping residuals below 1e-3. All arithmetic is
 * float64 on the same numbers, so every process gets the same basis.
 */
function gramSchmidt(gram: Gram): Float64Array[] {
  const product = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, x, i) => sum + x * gram[i]!.reduce((inner, g, j) => inner + g * b[j]!, 0), 0)
  const basis: Float64Array[] = []
  for (let newest = gram.length - 1; newest >= 0; newest--) {
    const length = Math.sqrt(gram[newest]![newest]!)
    if (!(length > 0)) continue
    const w = new Float64Array(gram.length)
    w[newest] = 1 / length
    for (let pass = 0; pass < 2; pass++) {
      for (const u of basis) {
        const along = product(u, w)
        for (let j = 0; j < w.length; j++) w[j] = w[j]! - along * u[j]!
      }
    }
    const residual = Math.sqrt(Math.max(0, product(w, w)))
    if (residual > RESIDUAL_LIMIT) basis.push(w.map((x) => x / residual))
  }
  return basis
}

function widest({ parameters }: ParameterLayout): number {
  return parameters.reduce((most, { size }) => Math.max(most, size), 0)
}
