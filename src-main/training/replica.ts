/**
 * One process's copy of what is trained: parameters, optimiser state and the pool of guided directions. Every phone and the cloud
 * hold one and feed it the same messages; since nothing else enters, all replicas stay bit-identical.
 */
import { createHash } from 'node:crypto'
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { openDirection } from '#main/network/codec/coded-direction.ts'
import { readDirection } from '#main/network/codec/direction-frame.ts'
import { readUpdate } from '#main/network/codec/update-frame.ts'
import { type Key, deriveKey } from '#shared/random/counter.ts'
import { type Combination, Combiner, type Distribution, layerSize, projectedOff } from './directions/combination.ts'
import { DirectionPool } from './directions/pool.ts'
import { type Parameter, type ParameterLayout, initialise } from './parameters.ts'
import { decodePlan } from './update-plan.ts'

export interface AdamSpec {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

export interface ReplicaSpec {
  readonly seed: number
  readonly poolSize: number
  readonly distribution: Distribution
  readonly adam: AdamSpec
}

/** Key of the random direction `index` of a phone in a round; phones share those of phone SHARED. */
export function noiseKey(seed: number, round: number, phone: number, index: number): Key {
  return deriveKey(seed, 'noise', round, phone, index)
}

/** In place of a phone's index: directions that all phones probe. */
export const SHARED = 0xffff_ffff

export class Replica {
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
  private steps = 0

  constructor(layout: ParameterLayout, spec: ReplicaSpec, arena: Arena, kernels: Kernels) {
    this.layout = layout
    this.spec = spec
    this.arena = arena
    this.kernels = kernels
    this.values = arena.floats(layout.size)
    this.firstMoment = arena.floats(layout.size)
    this.secondMoment = arena.floats(layout.size)
    this.gradient = arena.floats(layerSize(layout))
    this.pool = new DirectionPool(layout, spec.poolSize)
    this.combiner = new Combiner(layout, this.pool, arena, kernels, spec.distribution)
    initialise(layout, this.values, spec.seed)
  }

  /** Starts from a checkpoint's classifier where it has one. */
  start(classifier: { weight: Float32Array; bias: Float32Array } | null): void {
    if (!classifier) return
    const [weight, bias] = this.layout.byLayer.at(-1)!
    this.values.set(classifier.weight, weight!.offset)
    this.values.set(classifier.bias, bias!.offset)
  }

  /** Bytes it takes of an arena. */
  static bytes(layout: ParameterLayout, poolSize: number): number {
    return 3 * Arena.sizeOf(4 * layout.size) + Arena.sizeOf(4 * layerSize(layout)) + Combiner.bytes(layout, poolSize)
  }

  /** Takes a coded direction from the cloud into the pool. @throws FrameError if it can't be read */
  receive(bytes: Uint8Array): void {
    const { coding, payload } = readDirection(bytes)
    this.pool.push(openDirection(this.layout.parameters, coding, payload))
  }

  /** Applies the update that a frame describes: one Adam step (Kingma and Ba 2015) along the combination it names. */
  apply(bytes: Uint8Array): void {
    const frame = readUpdate(bytes)
    const { perPhone, shared, project, phones } = decodePlan(frame.integers)
    const basis = this.pool.basis()
    const pool = new Float64Array(this.pool.count)
    frame.guided.forEach((a, k) => basis[k]!.forEach((t, j) => (pool[j] = pool[j]! + a * t)))
    const owners = [...Array<number>(shared > 0 ? 1 : 0).fill(SHARED), ...phones]
    const noise: { key: Key; weight: number }[] = []
    for (const owner of owners) {
      for (let index = 0; index < (owner === SHARED ? shared : perPhone); index++) {
        noise.push({ key: noiseKey(this.spec.seed, frame.round, owner, index), weight: frame.random[noise.length]! })
      }
    }
    let combination: Combination = { pool, noise }
    if (project) {
      const off = projectedOff(basis, this.noiseProducts(combination))
      combination = { pool: pool.map((w, j) => w + off[j]!), noise }
    }
    this.step(frame.learningRate, (parameter, gradient) => this.combiner.add(combination, parameter, gradient.fill(0), 1))
  }

  /** One Adam step along a gradient [d] that this process computed itself. */
  descend(gradient: Float32Array, learningRate: number): void {
    this.step(learningRate, ({ offset, size }, out) => out.set(gradient.subarray(offset, offset + size)))
  }

  /** The combination z(key), without its part in the guided subspace if `project`. */
  randomDirection(key: Key, project: boolean): Combination {
    const alone: Combination = { pool: new Float64Array(this.pool.count), noise: [{ key, weight: 1 }] }
    return project ? { ...alone, pool: projectedOff(this.pool.basis(), this.noiseProducts(alone)) } : alone
  }

  /** SHA-256 of the parameters, shortened: equal on every replica or something is wrong. */
  digest(): string {
    return createHash('sha256').update(this.values).digest('hex').slice(0, 16)
  }

  /** @param gradientOf writes one tensor's gradient into the slice it is given, in the arena */
  private step(learningRate: number, gradientOf: (parameter: Parameter, out: Float32Array) => void): void {
    const { beta1, beta2, epsilon } = this.spec.adam
    this.steps++
    const correction1 = 1 - beta1 ** this.steps
    const correction2 = 1 - beta2 ** this.steps
    const at = (view: Float32Array, offset: number): number => this.arena.offsetOf(view) + 4 * offset
    this.layout.byLayer.forEach((parameters, layer) => {
      this.combiner.beginLayer(layer)
      for (const parameter of parameters) {
        const gradient = this.gradient.subarray(0, parameter.size)
        gradientOf(parameter, gradient)
        this.kernels.adam(
          at(this.values, parameter.offset),
          at(this.firstMoment, parameter.offset),
          at(this.secondMoment, parameter.offset),
          at(gradient, 0),
          parameter.size,
          learningRate,
          beta1,
          beta2,
          epsilon,
          correction1,
          correction2,
        )
      }
    })
  }

  /** Per pool direction, its product with the combination's noise. */
  private noiseProducts({ noise }: Combination): Float64Array {
    const products = new Float64Array(this.pool.count)
    this.layout.byLayer.forEach((parameters, layer) => {
      this.combiner.beginLayer(layer)
      for (const parameter of parameters) {
        for (const { key, weight } of noise) {
          this.combiner.dotNoise(key, parameter).forEach((dot, j) => (products[j] = products[j]! + weight * dot))
        }
      }
    })
    return products
  }
}
