/**
 * One process's copy of what is trained: parameters, optimiser state and the pool of guided directions. Every phone and the cloud
 * hold one and feed it the same messages; since nothing else enters, all replicas stay bit-identical.
 */
import { createHash } from 'node:crypto'
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { Model } from '#main/models/model.ts'
import { openDirection } from '#main/wire/coded-direction.ts'
import { readDirection } from '#main/wire/direction-frame.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { readUpdate } from '#main/wire/update-frame.ts'
import { type Key, deriveKey } from '#shared/random/counter.ts'
import { type Combination, Combiner, type Distribution, blockDirection, layerSize, projectedOff } from './directions/combination.ts'
import { DirectionPool } from './directions/pool.ts'
import { type Parameter, type ParameterLayout, type SavedStart, initialise } from './parameters.ts'
import { type UpdatePlan, decodePlan } from '#main/wire/update-plan.ts'

export interface AdamSpec {
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
  /** null: plain steps along the negative gradient. */
  readonly adam: AdamSpec | null
  /** Keeps the parameters from before the last updates, so that these can be reviewed and taken back. @default false */
  readonly retractable?: boolean
}

/** Key of the random direction `index` of a phone in a round; phones share those of phone SHARED. */
export function noiseKey(seed: number, round: number, phone: number, index: number): Key {
  return deriveKey(seed, 'noise', round, phone, index)
}

/** In place of a phone's index: directions that all phones probe. */
export const SHARED = 0xffff_ffff

/** Key of the random direction `index` of those that are the same in every round. */
export function seedKey(seed: number, index: number): Key {
  return deriveKey(seed, 'seed', index)
}

/**
 * Keys of the random directions that an update names, in the order of its coefficients.
 * @param own key of direction `index` of a phone
 */
export function keysOf(
  round: number,
  { perPhone, shared, phones, rounds, candidates, seeds }: Required<UpdatePlan>,
  seed: number,
  own: (round: number, phone: number, index: number, candidates: number) => Key,
): Key[] {
  return [
    ...Array.from({ length: shared }, (_, index) => noiseKey(seed, round, SHARED, index)),
    ...phones.flatMap((phone, i) => Array.from({ length: perPhone }, (_, index) => own(rounds[i] ?? round, phone, index, candidates))),
    ...seeds.map((index) => seedKey(seed, index)),
  ]
}

const NO_POOL = new Float64Array(0)
const NOWHERE: Combination = { pool: NO_POOL, noise: [] }

/** The vectors of a saved state, each [d], or empty where a replica has none. */
export const STATE_VECTORS = ['values', 'firstMoment', 'secondMoment', 'before'] as const
export type StateVector = (typeof STATE_VECTORS)[number]

/** See `save`. */
export interface SavedState extends Record<StateVector, Float32Array> {
  readonly steps: number
  readonly last: Combination
}

/** A replica as probing needs it, wherever it keeps its parameters. */
export interface ProbedReplica extends Pick<
  Replica,
  'spec' | 'receive' | 'apply' | 'digest' | 'guidedDirections' | 'randomDirection' | 'likelyKey' | 'move' | 'aside' | 'asBefore'
> {
  /** Directions from the cloud. */
  readonly pool: { readonly count: number }
}

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
  /** theta before the last update that didn't hold it [d]: what updates are taken back to; empty unless they can be. */
  private readonly before: Float32Array
  private steps = 0
  /** What the last update was along; empty before the first. */
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

  /** Bytes it takes of an arena. */
  static bytes(layout: ParameterLayout, { poolSize, retractable = false }: Pick<ReplicaSpec, 'poolSize' | 'retractable'>): number {
    const vectors = 3 * Arena.sizeOf(4 * layout.size) + Arena.sizeOf(retractable ? 4 * layout.size : 0)
    return vectors + Arena.sizeOf(4 * layerSize(layout)) + Combiner.bytes(layout, poolSize)
  }

  /** Takes a coded direction from the cloud into the pool. @throws FrameError if it can't be read or says of itself what isn't so */
  receive(bytes: Uint8Array): void {
    const { coding, payload, products = [] } = readDirection(bytes)
    this.pool.push(openDirection(this.layout.parameters, coding, payload))
    const found = this.pool.newestProducts()
    // A replica that was brought back knows fewer directions.
    if (products.some((product, k) => k < found.length && product !== found[k]!))
      throw new FrameError(`a direction's products with those before it are ${found.join(', ')}; its frame says ${products.join(', ')}`)
  }

  /** Applies the update that a frame describes: one step of the optimiser along the combination it names. */
  apply(bytes: Uint8Array): void {
    const frame = readUpdate(bytes)
    const plan = decodePlan(frame.integers)
    if (plan.takeBack) return this.takeBack()
    const keys = keysOf(frame.round, plan, this.spec.seed, (...direction) => this.likelyKey(...direction))
    const noise = keys.map((key, i) => ({ key, weight: frame.random[i]! }))
    const guided = this.guidedWeights(frame.guided, plan)
    const off = plan.project ? this.offGuided(noise, plan.blockwise) : []
    const combination: Combination = { pool: guided.map((weights, layer) => plus(weights, off[layer])), noise }
    if (this.spec.retractable && !plan.holds) this.before.set(this.values)
    this.step(frame.learningRate, (parameter, gradient) => this.combiner.add(combination, parameter, gradient.fill(0), 1))
    this.last = combination
  }

  /**
   * Key of direction `index` of a phone in a round: of `candidates` random ones that whose cosine with the last update is largest. The
   * estimate (D_z L) z is the same for -z, so the cosine's sign doesn't count. Before the first update the first one is taken.
   */
  likelyKey(round: number, phone: number, index: number, candidates: number): Key {
    const keys = Array.from({ length: candidates }, (_, c) => noiseKey(this.spec.seed, round, phone, index * candidates + c))
    if (candidates === 1 || this.last === NOWHERE) return keys[0]!
    const likeness = this.cosinesWithLast(keys).map(Math.abs)
    return keys[likeness.indexOf(Math.max(...likeness))]!
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

  /** Does work with the parameters that updates are taken back to, and returns to those of now. */
  async asBefore<T>(work: () => Promise<T>): Promise<T> {
    if (!this.spec.retractable) throw new Error('the parameters before the last updates are not kept')
    return this.aside(() => {
      this.values.set(this.before)
      return work()
    })
  }

  /** Undoes the last updates; there is nothing to undo after that. */
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

  /** One step of the optimiser along a gradient [d] that this process computed itself. */
  descend(gradient: Float32Array, learningRate: number): void {
    this.step(learningRate, ({ offset, size }, out) => out.set(gradient.subarray(offset, offset + size)))
  }

  /** The orthonormal directions that guided coefficients belong to: of the whole vector, or of each layer alone, layer by layer. */
  guidedDirections(blockwise: boolean): Combination[] {
    if (!blockwise) return this.pool.basis().map((pool): Combination => ({ pool, noise: [] }))
    return this.pool.blockBases().flatMap((basis, layer) => basis.map((pool) => blockDirection(layer, pool)))
  }

  /** The combination z(key), without its part in the guided subspace if `project`. @param blockwise that of `guidedDirections` */
  randomDirection(key: Key, project: boolean, blockwise = false): Combination {
    const noise = [{ key, weight: 1 }]
    return { pool: project ? this.offGuided(noise, blockwise) : NO_POOL, noise }
  }

  /** All that it is made of, but for its pool. What a replica comes to keep beside it belongs here too, or it can't be brought back. */
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

  /** sum_k a_k u_k as weights of the pool, per layer. */
  private guidedWeights(coefficients: ArrayLike<number>, { asReceived, blockwise }: Required<UpdatePlan>): Float64Array[] {
    const along = (basis: readonly Float64Array[], first: number): Float64Array => {
      const weights = new Float64Array(this.pool.count)
      basis.forEach((row, k) => row.forEach((t, j) => (weights[j] = weights[j]! + (coefficients[first + k] ?? 0) * t)))
      return weights
    }
    let done = 0
    if (blockwise) return this.pool.blockBases().map((basis) => along(basis, (done += basis.length) - basis.length))
    const weights = along(asReceived ? this.newestFirst() : this.pool.basis(), 0)
    return this.layout.byLayer.map(() => weights)
  }

  /** What takes the part of noise in the guided subspace away, as weights of the pool, per layer. */
  private offGuided(noise: Combination['noise'], blockwise: boolean): Float64Array[] {
    const products = this.noiseProducts(noise)
    if (blockwise) return this.pool.blockBases().map((basis, layer) => projectedOff(basis, products[layer]!))
    const off = projectedOff(this.pool.basis(), products.reduce(plus))
    return products.map(() => off)
  }

  /** Rows of coefficients that give the pool's directions themselves, newest first. */
  private newestFirst(): Float64Array[] {
    const count = this.pool.count
    return Array.from({ length: count }, (_, k) => new Float64Array(count).fill(1, count - 1 - k, count - k))
  }

  /** Cosine of each z(key) with what the last update was along. */
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

  /** Per layer and pool direction, the product of the direction's part in the layer with the noise. */
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

function plus(a: Float64Array, b: Float64Array | undefined): Float64Array {
  return b ? a.map((x, i) => x + b[i]!) : a
}
