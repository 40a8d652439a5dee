/**
 * Training on a phone by backpropagation, as in FedAvg, which is the memory-hungry reference. The phone holds all weights and the activations that the
 * backward pass needs, as a training framework would.
 */
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type ModelFlops, modelFlops } from '#main/models/model-flops.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import type { ResidentWeights } from '#main/models/weights.ts'
import { codeAndWriteDirection } from '#main/wire/direction-frame.ts'
import { adapterGradient } from '#main/training/adapter-gradient.ts'
import { Backprop } from '#main/training/backprop.ts'
import type { Batch } from '#main/training/batch.ts'
import type { Replica } from '#main/training/replica.ts'
import type { WorkedBatch } from './protocol/probe-report.ts'
import type { TrainRequest } from './protocol/train-request.ts'

interface LocallyTrained {
  /** The mean loss of every step's batch before the step. */
  readonly losses: readonly number[]
  /** A direction frame with the change of the parameters; null if a parameter is no longer a finite number. */
  readonly difference: Uint8Array | null
  readonly batches: readonly WorkedBatch[]
}

export class LocalBackprop {
  private readonly backprop: Backprop
  private readonly flops: ModelFlops
  private readonly replica: Replica

  private constructor(backprop: Backprop, flops: ModelFlops, replica: Replica) {
    this.backprop = backprop
    this.flops = flops
    this.replica = replica
  }

  static async create(
    model: Model,
    weights: ResidentWeights,
    adapter: BlockAdapter | null,
    head: HeadSpec,
    replica: Replica,
  ): Promise<LocalBackprop> {
    const backprop = await Backprop.create(model, weights, adapter, head, 'adapter')
    return new LocalBackprop(backprop, modelFlops(model.architecture, model.config, adapter, head), replica)
  }

  /** Takes steps of gradient descent from the replica's parameters, and then restores these. @param batchOf returns the batch of a step */
  train({ round, steps, learningRate, bits }: TrainRequest, phone: number, batchOf: (step: number) => Batch): Promise<LocallyTrained> {
    const { replica, backprop } = this
    const { layout, values } = replica
    return replica.aside(async () => {
      const difference = values.slice()
      const losses: number[] = []
      const batches: WorkedBatch[] = []
      for (let step = 0; step < steps; step++) {
        const batch = batchOf(step)
        const { gradient, loss } = await adapterGradient(backprop, layout, values, batch)
        for (let i = 0; i < values.length; i++) values[i] = values[i]! - learningRate * gradient[i]!
        losses.push(loss)
        batches.push({ sequences: batch.sequences, tokens: batch.tokens, forwardPasses: this.forwardPasses(batch) })
      }
      for (let i = 0; i < values.length; i++) difference[i] = values[i]! - difference[i]!
      if (!difference.every(Number.isFinite)) return { losses, difference: null, batches }
      return { losses, difference: codeAndWriteDirection({ round, label: phone }, difference, layout.parameters, bits), batches }
    })
  }

  /** Returns the cost of a forward and a backward pass, in forward passes of the same batch; in 64ths, so that sums of them are exact. */
  private forwardPasses(batch: Batch): number {
    const sum = (flop: readonly number[]): number => flop.reduce((total, each) => total + each, 0)
    const ratio = sum(this.flops.backward(batch)) / sum(this.flops.forward(batch, 1))
    return 1 + Math.round(64 * ratio) / 64
  }
}
