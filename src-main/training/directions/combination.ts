/**
 * Linear combinations of pool directions and seeded noise, added to one tensor at a time. Probe points and the update are both such
 * combinations, so neither is ever stored.
 */
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { Key } from '#shared/random/counter.ts'
import type { Parameter, ParameterLayout } from '../parameters.ts'
import { DirectionPool } from './pool.ts'

export type Distribution = 'gaussian' | 'rademacher'

/** sum_j pool[j] s_j + sum_i noise[i].weight z(noise[i].key) */
export interface Combination {
  /** The weights of the pool's directions, oldest first, or one such list per layer where weights differ between layers; empty for none. */
  readonly pool: Float64Array | readonly Float64Array[]
  readonly noise: readonly { readonly key: Key; readonly weight: number }[]
}

/** Returns the lowest layer in which a combination may move anything; null if there is none. */
export function lowestLayer({ byLayer }: ParameterLayout, combination: Combination): number | null {
  const lowest = byLayer.findIndex(
    (parameters, layer) =>
      parameters.length > 0 && (combination.noise.length > 0 || poolWeights(combination, layer).some((weight) => weight !== 0)),
  )
  return lowest < 0 ? null : lowest
}

function poolWeights({ pool }: Combination, layer: number): Float64Array {
  return pool instanceof Float64Array ? pool : pool[layer]!
}

export class Combiner {
  private readonly layout: ParameterLayout
  private readonly pool: DirectionPool
  private readonly arena: Arena
  private readonly kernels: Kernels
  private readonly distribution: Distribution
  /** The decoded tensors of the current layer, one row per direction of the pool. */
  private readonly decoded: readonly Float32Array[]
  private layer = -1

  constructor(layout: ParameterLayout, pool: DirectionPool, arena: Arena, kernels: Kernels, distribution: Distribution) {
    this.layout = layout
    this.pool = pool
    this.arena = arena
    this.kernels = kernels
    this.distribution = distribution
    this.decoded = Array.from({ length: pool.capacity }, () => arena.floats(layerSize(layout)))
  }

  /** Returns the bytes that a combiner and its pool take of an arena. */
  static bytes(layout: ParameterLayout, poolCapacity: number): number {
    return DirectionPool.bytes(layout, poolCapacity) + poolCapacity * Arena.sizeOf(4 * layerSize(layout))
  }

  /** Decodes the pool's part of `layer`. It must be called before `add` and `dotNoise` on the layer's tensors, and again after the pool changed. */
  beginLayer(layer: number): void {
    this.layer = layer
    for (let j = 0; j < this.pool.count; j++) {
      for (const parameter of this.layout.byLayer[layer]!) {
        this.pool.decode(j, this.layout.parameters.indexOf(parameter), this.slice(j, parameter))
      }
    }
  }

  /** Adds scale * combination to one tensor, `target`, which lies in the arena. */
  add(combination: Combination, parameter: Parameter, target: Float32Array, scale: number): void {
    const at = this.arena.offsetOf(target)
    poolWeights(combination, this.layer).forEach((weight, j) => {
      if (weight !== 0) this.kernels.axpy(at, this.arena.offsetOf(this.slice(j, parameter)), parameter.size, scale * weight)
    })
    const addNoise = this.distribution === 'gaussian' ? this.kernels.addGaussian : this.kernels.addRademacher
    for (const { key, weight } of combination.noise) addNoise(at, parameter.size, scale * weight, key, parameter.offset)
  }

  /** Returns s_j . z(key) over one tensor, for each direction of the pool. */
  dotNoise(key: Key, parameter: Parameter): Float64Array {
    const dot = this.distribution === 'gaussian' ? this.kernels.dotGaussian : this.kernels.dotRademacher
    return Float64Array.from({ length: this.pool.count }, (_, j) =>
      dot(this.arena.offsetOf(this.slice(j, parameter)), parameter.size, key, parameter.offset),
    )
  }

  private slice(direction: number, parameter: Parameter): Float32Array {
    const start = parameter.offset - this.layout.byLayer[this.layer]![0]!.offset
    return this.decoded[direction]!.subarray(start, start + parameter.size)
  }
}

/** Returns the number of elements of the largest layer. */
export function layerSize(layout: ParameterLayout): number {
  return layout.byLayer.reduce(
    (most, parameters) =>
      Math.max(
        most,
        parameters.reduce((sum, { size }) => sum + size, 0),
      ),
    0,
  )
}

/**
 * Removes from noise z its part inside the span of `basis`: z - U U^T z, which is z - sum_j (T^T T S z)_j s_j for U = T S.
 * @param products `products[j]` is s_j . z
 */
export function projectedOff(basis: readonly Float64Array[], products: Float64Array): Float64Array {
  const weights = new Float64Array(products.length)
  for (const row of basis) {
    const along = row.reduce((sum, t, j) => sum + t * products[j]!, 0)
    row.forEach((t, j) => (weights[j] = weights[j]! - along * t))
  }
  return weights
}
