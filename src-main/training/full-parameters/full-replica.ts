/**
 * One process's copy of a model whose every weight is trained: a file of its own, and theta read from it slice by slice, moved along
 * seeded noise on the way. Nothing of the size of theta is ever in memory, and no direction is stored.
 *
 * The step is that of MeZO (Malladi et al. 2023): theta <- theta - learningRate sum_i w_i z_i. Adam's moments would be two more files of
 * theta's size for every phone to rewrite each round.
 */
import { existsSync } from 'node:fs'
import type { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { readUpdate } from '#main/wire/update-frame.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { Direction } from '#main/wire/direction.ts'
import type { Combination } from '../directions/combination.ts'
import { type Space, combined, meanings } from '../directions/meaning.ts'
import type { ProbedReplica, ReplicaSpec } from '../replica.ts'
import type { ProbePoint } from '../sweep.ts'
import { SLICE, WeightsFile, commitNext, writeNext } from './weights-file.ts'
import type { WeightLayout } from './weight-layout.ts'

/** Absolute paths of the file that all replicas start from, and of the one that this replica writes. */
export interface WeightFiles {
  readonly start: string
  readonly own: string
}

const NOISE_ONLY = 'every weight is trained along random directions only'

export class FullReplica implements ProbedReplica, Disposable {
  readonly layout: WeightLayout
  readonly spec: ReplicaSpec
  private readonly own: string
  private readonly arena: Arena
  private readonly kernels: Kernels
  private file: WeightsFile
  /** The displacement from theta while the replica works at another point. */
  private moved: Combination['noise'] = []

  /**
   * If the replica's own file is there from before a crash, the replica resumes at the round that the file holds.
   * @throws InputError if there is nothing to start from
   */
  constructor(layout: WeightLayout, spec: ReplicaSpec, { start, own }: WeightFiles, arena: Arena, kernels: Kernels) {
    this.layout = layout
    this.spec = spec
    this.own = own
    this.arena = arena
    this.kernels = kernels
    const file = this.openIntact(own) ?? this.openIntact(start)
    if (!file) throw new InputError(start, 'no weights, or damaged ones', 'the file that this session wrote there')
    this.file = file
  }

  /** The bytes that a replica takes of an arena while it is opened and while it applies an update. */
  static readonly bytes = 2 * 4 * SLICE

  /** The last round whose update the replica has applied. */
  get round(): number {
    return this.file.round
  }

  /** Fills `out`, in the arena, with the elements of theta + scale * direction from `offset` on. */
  readAt({ direction, scale }: ProbePoint, offset: number, out: Float32Array): void {
    this.file.read(offset, out)
    this.addNoise(this.moved, offset, out, 1)
    if (direction) this.addNoise(direction.noise, offset, out, scale)
  }

  receive(): never {
    throw new Error(NOISE_ONLY)
  }

  basisSize(): number {
    return 0
  }

  meanings(directions: readonly Direction[]): Combination[] {
    return meanings(directions, this.space)
  }

  /** Moves the parameters that are read from now on. It may be called only within `aside`. */
  move({ noise }: Combination, scale: number): void {
    this.moved = [...this.moved, ...noise.map(({ key, weight }) => ({ key, weight: scale * weight }))]
  }

  asBefore(): never {
    throw new Error('the weights before the last update are not kept')
  }

  async aside<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      this.moved = []
    }
  }

  /** Takes the step that a frame describes, unless its round is in the file already. */
  apply(bytes: Uint8Array): void {
    const { round, learningRate, terms } = readUpdate(bytes)
    if (round <= this.round) return
    const { noise } = combined(terms, this.space)
    const mark = this.arena.mark()
    try {
      const [values, gradient] = [this.arena.floats(SLICE), this.arena.floats(SLICE)]
      writeNext(this.own, this.layout, round, ({ offset, size }) => {
        const [theta, ghat] = [values.subarray(0, size), gradient.subarray(0, size).fill(0)]
        this.file.read(offset, theta)
        this.addNoise(noise, offset, ghat, 1)
        this.kernels.axpy(this.arena.offsetOf(theta), this.arena.offsetOf(ghat), size, -learningRate)
        return theta
      })
    } finally {
      this.arena.release(mark)
    }
    this.file[Symbol.dispose]()
    commitNext(this.own)
    this.file = new WeightsFile(this.own, this.layout)
  }

  /** SHA-256 of theta, shortened: equal on every replica or something is wrong. */
  digest(): string {
    return this.file.digest.slice(0, 16)
  }

  [Symbol.dispose](): void {
    this.file[Symbol.dispose]()
  }

  private get space(): Space {
    // Directions from the cloud would each be as large as the model, and so would the last update.
    const none = (): never => {
      throw new Error(NOISE_ONLY)
    }
    return { seed: this.spec.seed, layers: 0, pool: { count: 0, basis: none, blockBases: none }, likeliest: none, noiseProducts: none }
  }

  private addNoise(noise: Combination['noise'], offset: number, out: Float32Array, scale: number): void {
    const at = this.arena.offsetOf(out)
    const add = this.spec.distribution === 'gaussian' ? this.kernels.addGaussian : this.kernels.addRademacher
    for (const { key, weight } of noise) add(at, out.length, scale * weight, key, offset)
  }

  /** @returns null if there is no file, or a damaged one */
  private openIntact(path: string): WeightsFile | null {
    if (!existsSync(path)) return null
    const file = new WeightsFile(path, this.layout)
    const mark = this.arena.mark()
    const intact = file.isIntact(this.arena.floats(SLICE))
    this.arena.release(mark)
    if (intact) return file
    file[Symbol.dispose]()
    return null
  }
}
