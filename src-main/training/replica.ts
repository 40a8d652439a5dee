/**
 * One process's copy of the training state: parameters, optimiser state and the pool of guided directions. Every phone and the cloud hold a replica and
 * feed it the same messages; since nothing else enters, all replicas stay bit-identical.
 */
import { createHash } from 'node:crypto'
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { Model } from '#main/models/model.ts'
import { openDirection } from '#main/wire/coded-direction.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { readUpdate } from '#main/wire/update-frame.ts'
import type { Direction } from '#main/wire/direction.ts'
import type { Key } from '#shared/random/counter.ts'
import { type Combination, Combiner, type Distribution, layerSize } from './directions/combination.ts'
import { type Space, basisSize, combined, meanings } from './directions/meaning.ts'
import { DirectionPool } from './directions/pool.ts'
import { type Parameter, type ParameterLayout, type SavedStart, initialise } from './parameters.ts'

interface AdamSpec {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

export interface ReplicaSpec {
  /** A saved adapter to start from. @default a new one */
  readonly start?: SavedStart | undefined
  readonly seed: number
  readonly poolSize: number
  readonly distribution: Distribution
  /** The settings of Adam; null for plain steps along the negative gradient. */
  readonly adam: AdamSpec | null
  /** True to keep the parameters of the anchor, so that later updates can be reviewed and undone. @default false */
  readonly retractable?: boolean
}

const NO_POOL = new Float64Array(0)
const NOWHERE: Combination = { pool: NO_POOL, noise: [] }

/** The vectors of a saved state, each [d], or empty where a replica has none. */
export const STATE_VECTORS = ['values', 'firstMoment', 'secondMoment', 'before'] as const
export type StateVector = (typeof STATE_VECTORS)[number]

/** The state of a replica, as `save` returns it. */
export interface SavedState extends Record<StateVector, Float32Array> {
  readonly steps: number
  readonly last: Combination
}

/** A replica as probing needs it, wherever it keeps its parameters. */
export type ProbedReplica = Pick<
  Replica,
  'spec' | 'receive' | 'apply' | 'digest' | 'basisSize' | 'meanings' | 'move' | 'aside' | 'asBefore'
>

export class Replica implements ProbedReplica {
  readonly layout: ParameterLayout
  readonly spec: ReplicaSpec
  readonly pool: DirectionPool
  readonly combiner: Combiner
  /** theta [d] */
  readonly values: Float32Array
  private readonly arena: Arena
  private readonly kernels: Kernels
  private readonly firstMoment: Float32Array
  private readonly secondMoment: Float32Array
  private readonly gradient: Float32Array
  /** theta at the anchor [d], which parameters can return to; empty unless the replica is `retractable`. */
  private readonly before: Float32Array
  private steps = 0
  /** The combination that the last update moved along; empty before the first. */
  private last: Combination = NOWHERE

  /** @param model gives the starting values that come from the checkpoint */
  constructor(layout: ParameterLayout, spec: ReplicaSpec, model: Pick<Model, 'holds' | 'read'>, arena: Arena, kernels: Kernels) {
    this.layout = layout
    this.spec = spec
    this.arena = arena
    this.kernels = kernels
    this.values = arena.floats(layout.size)
    this.firstMoment = arena.floats(layout.size)
    this.secondMoment = arena.floats(layout.size)
    this.gradient = arena.floats(layerSize(layout))
    this.before = arena.floats(spec.retractable ? layout.size : 0)
    this.pool = new DirectionPool(layout, spec.poolSize, arena, kernels)
    this.combiner = new Combiner(layout, this.pool, arena, kernels, spec.distribution)
    initialise(layout, this.values, spec.seed, model, spec.start)
    if (spec.retractable) this.before.set(this.values)
  }

  /** Returns the bytes it takes of an arena. */
  static bytes(layout: ParameterLayout, { poolSize, retractable = false }: Pick<ReplicaSpec, 'poolSize' | 'retractable'>): number {
    const vectors = 3 * Arena.sizeOf(4 * layout.size) + Arena.sizeOf(retractable ? 4 * layout.size : 0)
    return vectors + Arena.sizeOf(4 * layerSize(layout)) + Combiner.bytes(layout, poolSize)
  }

  /** Takes a coded direction from the cloud into the pool. @throws FrameError if it can't be read or says of itself what isn't so */
  receive(bytes: Uint8Array): void {
    const { coding, payload, products = [] } = readDirection(bytes)
    this.pool.push(openDirection(this.layout.parameters, coding, payload))
    const found = this.pool.newestProducts()
    // A replica that was restored has fewer directions to compare with.
    if (products.some((product, k) => k < found.length && product !== found[k]!))
      throw new FrameError(`a direction's products with those before it are ${found.join(', ')}; its frame says ${products.join(', ')}`)
  }

  /** Applies the update that a frame describes: one step of the optimiser along the sum of its terms. */
  apply(bytes: Uint8Array): void {
    const { learningRate, anchor, terms } = readUpdate(bytes)
    if (anchor === 'return') return this.takeBack()
    const combination = combined(terms, this.space)
    if (this.spec.retractable && anchor === 'moves') this.before.set(this.values)
    this.step(learningRate, (parameter, gradient) => this.combiner.add(combination, parameter, gradient.fill(0), 1))
    this.last = combination
  }

  /** Returns the number of directions in the pool's basis, or in the bases of all layers together. */
  basisSize(layerwise: boolean): number {
    return basisSize(this.pool, layerwise)
  }

  /** Resolves each direction to a combination that can be probed and that `move` takes. */
  meanings(directions: readonly Direction[]): Combination[] {
    return meanings(directions, this.space)
  }

  /** Moves the parameters along a combination, past the optimiser. */
  move(combination: Combination, scale: number): void {
    this.layout.byLayer.forEach((parameters, layer) => {
      this.combiner.beginLayer(layer)
      for (const parameter of parameters) {
        const { offset, size } = parameter
        this.combiner.add(combination, parameter, this.values.subarray(offset, offset + size), scale)
      }
    })
  }

  /** Does work with the parameters of the anchor, and then restores the present ones. */
  async asBefore<T>(work: () => Promise<T>): Promise<T> {
    if (!this.spec.retractable) throw new Error('the parameters before the last updates are not kept')
    return this.aside(() => {
      this.values.set(this.before)
      return work()
    })
  }

  /** Returns to the parameters of the anchor. */
  private takeBack(): void {
    if (!this.spec.retractable) throw new FrameError('an update can be taken back only where the parameters before it are kept')
    this.values.set(this.before)
    this.last = NOWHERE
  }

  /** Does work that moves the parameters, and puts them back as they were. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    const before = this.values.slice()
    try {
      return await work()
    } finally {
      this.values.set(before)
    }
  }

  /** Takes one step of the optimiser along a gradient [d] that this process computed itself. */
  descend(gradient: Float32Array, learningRate: number): void {
    this.step(learningRate, ({ offset, size }, out) => out.set(gradient.subarray(offset, offset + size)))
  }

  /**
   * Returns the whole state of the replica except for its pool. Any further state that a replica gets must be added here, or it can't be restored.
   */
  save(): SavedState {
    const { values, firstMoment, secondMoment, before, steps, last } = this
    return {
      values: values.slice(),
      firstMoment: firstMoment.slice(),
      secondMoment: secondMoment.slice(),
      before: before.slice(),
      steps,
      last,
    }
  }

  restorePart(name: StateVector, offset: number, part: Float32Array): void {
    this[name].set(part, offset)
  }

  /** The rest of a saved state, after its vectors. The pool is emptied: its directions are received again. */
  restore({ steps, last }: Pick<SavedState, 'steps' | 'last'>): void {
    this.pool.clear()
    this.steps = steps
    this.last = last.noise.length === 0 && last.pool.length === 0 ? NOWHERE : last
  }

  /** SHA-256 of the parameters, shortened: equal on every replica or something is wrong. */
  digest(): string {
    return createHash('sha256').update(this.values).digest('hex').slice(0, 16)
  }

  /** @param gradientOf writes one tensor's gradient into the slice it is given, in the arena */
  private step(learningRate: number, gradientOf: (parameter: Parameter, out: Float32Array) => void): void {
    const { adam } = this.spec
    this.steps++
    const at = (view: Float32Array, offset: number): number => this.arena.offsetOf(view) + 4 * offset
    this.layout.byLayer.forEach((parameters, layer) => {
      this.combiner.beginLayer(layer)
      for (const parameter of parameters) {
        const gradient = this.gradient.subarray(0, parameter.size)
        gradientOf(parameter, gradient)
        const value = at(this.values, parameter.offset)
        if (adam === null) {
          this.kernels.axpy(value, at(gradient, 0), parameter.size, -learningRate)
          continue
        }
        const { beta1, beta2, epsilon } = adam
        this.kernels.adam(
          value,
          at(this.firstMoment, parameter.offset),
          at(this.secondMoment, parameter.offset),
          at(gradient, 0),
          parameter.size,
          learningRate,
          beta1,
          beta2,
          epsilon,
          1 - beta1 ** this.steps,
          1 - beta2 ** this.steps,
        )
      }
    })
  }

  private get space(): Space {
    return {
      seed: this.spec.seed,
      layers: this.layout.byLayer.length,
      pool: this.pool,
      likeliest: (keys) => this.likeliest(keys),
      noiseProducts: (noise) => this.noiseProducts(noise),
    }
  }

  /**
   * Returns the key of the random direction whose cosine with the last update has the largest absolute value: the estimate (D_z L) z is the same for -z.
   * Before the first update that is the first key.
   */
  private likeliest(keys: readonly Key[]): Key {
    if (this.last === NOWHERE) return keys[0]!
    const likeness = this.cosinesWithLast(keys).map(Math.abs)
    return keys[Math.max(0, likeness.indexOf(Math.max(...likeness)))]!
  }

  /** Returns the cosine of each z(key) with the combination that the last update moved along. */
  private cosinesWithLast(keys: readonly Key[]): number[] {
    const mark = this.arena.mark()
    const scratch = this.arena.floats(layerSize(this.layout))
    const sums = keys.map(() => ({ product: 0, square: 0 }))
    let lastSquare = 0
    this.layout.byLayer.forEach((parameters, layer) => {
      this.combiner.beginLayer(layer)
      for (const parameter of parameters) {
        const { size } = parameter
        const last = this.gradient.subarray(0, size)
        this.combiner.add(this.last, parameter, last.fill(0), 1)
        lastSquare += this.kernels.squaredNorm(this.arena.offsetOf(last), size)
        keys.forEach((key, c) => {
          const z = scratch.subarray(0, size).fill(0)
          this.combiner.add({ pool: NO_POOL, noise: [{ key, weight: 1 }] }, parameter, z, 1)
          sums[c]!.product += this.kernels.dot(this.arena.offsetOf(last), this.arena.offsetOf(z), size)
          sums[c]!.square += this.kernels.squaredNorm(this.arena.offsetOf(z), size)
        })
      }
    })
    this.arena.release(mark)
    return sums.map(({ product, square }) => product / Math.sqrt(lastSquare * square))
  }

  /** Returns, for each layer, the products of the noise with each pool direction's part in the layer. */
  private noiseProducts(noise: Combination['noise']): Float64Array[] {
    return this.layout.byLayer.map((parameters, layer) => {
      this.combiner.beginLayer(layer)
      const products = new Float64Array(this.pool.count)
      for (const parameter of parameters) {
        for (const { key, weight } of noise) {
          this.combiner.dotNoise(key, parameter).forEach((dot, j) => (products[j] = products[j]! + weight * dot))
        }
      }
      return products
    })
  }
}
