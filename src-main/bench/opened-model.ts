/** A model opened for a bench: weights, adapter, parameters and a batch, as a phone or the cloud has them. */
import { readFileSync } from 'node:fs'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, type Weights, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { type Batch, makeBatch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import { type ParameterLayout, parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { codeAndWriteDirection } from '#main/wire/direction-frame.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { type ProbePoint, displacedBytes } from '#main/training/sweep.ts'
import { LORA, type Workload, rowsOf } from './workload.ts'

/** Read from the checkpoint in every pass, as a phone does, or kept in memory, as the cloud does. */
export type Keeping = 'streamed' | 'resident'

export const PROBE_SIZE = 1e-3

const DIRECTION_BITS = 4

export class OpenedModel implements Disposable {
  readonly workload: Workload
  readonly model: Model
  readonly adapter: BlockAdapter
  readonly layout: ParameterLayout
  readonly arena: Arena
  readonly replica: Replica
  readonly weights: Weights
  readonly batch: Batch

  /** @param kernels path of kernels.wasm */
  constructor(workload: Workload, keeping: Keeping, kernels: string) {
    const { checkpoint, batch: size, classes, padId, seed } = workload
    this.workload = workload
    this.model = new Model(checkpoint, seed)
    const { architecture, config } = this.model
    this.adapter = blockAdapter(architecture, config, LORA)
    this.layout = parameterLayout(architecture, config, this.adapter, classes)
    const weightBytes = keeping === 'streamed' ? streamedBytes(this.model) : 0
    this.arena = new Arena(weightBytes + Replica.bytes(this.layout, { poolSize: 1 }) + displacedBytes(this.layout, size.sequences))
    const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
    const spec = { seed, poolSize: 1, distribution: 'gaussian', adam } as const
    this.replica = new Replica(this.layout, spec, this.model, this.arena, loadKernels(this.arena.memory, readFileSync(kernels)))
    this.weights = keeping === 'streamed' ? new StreamedWeights(this.model, this.arena) : new ResidentWeights(this.model)
    this.batch = makeBatch(rowsOf(size, classes, seed), padId)
  }

  /** The parts from which a sweep and a tangent sweep are created. */
  get parts() {
    return [this.model, this.weights, this.layout, this.adapter, this.workload.classes, this.arena] as const
  }

  /** Random directions, each through all layers. */
  directions(count: number): Combination[] {
    return this.replica.meanings(Array.from({ length: count }, (_, index) => ({ kind: 'seeded', owner: 0, round: 0, index })))
  }

  /** Puts a direction into the pool, as the cloud would send it. @returns its part in each layer and the head, and as many times all of it */
  receivedDirections(): { readonly blockwise: Combination[]; readonly whole: Combination[] } {
    const stream = new Stream(deriveKey(this.workload.seed, 'bench direction'))
    const values = Float32Array.from({ length: this.layout.size }, () => stream.normal())
    this.replica.receive(codeAndWriteDirection({ round: 0, label: 0 }, values, this.layout.parameters, DIRECTION_BITS))
    const layers = Array.from({ length: this.replica.basisSize(true) }, (_, index) => index)
    return {
      blockwise: this.replica.meanings(layers.map((index) => ({ kind: 'basis', index, layerwise: true }))),
      whole: this.replica.meanings(layers.map(() => ({ kind: 'basis', index: 0 }))),
    }
  }

  [Symbol.dispose](): void {
    this.model[Symbol.dispose]()
  }
}

/** Two points for each direction, one on either side. */
export function pairsOf(directions: readonly Combination[]): ProbePoint[] {
  return directions.flatMap((direction) => [
    { direction, scale: PROBE_SIZE },
    { direction, scale: -PROBE_SIZE },
  ])
}
