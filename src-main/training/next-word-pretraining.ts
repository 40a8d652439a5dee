/** Pretraining of a decoder: the loss of the next word, every weight by AdamW. */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { NextWordHead } from '#main/models/head-spec.ts'
import { type Model, modelWeights } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { AdamW, type AdamTensor, trainedBytes, trainedTensor } from './adamw.ts'
import { Backprop } from './backprop.ts'
import type { Batch } from './batch.ts'
import { addGradient } from './weight-gradients.ts'

const WEIGHT_DECAY = 0.01
const CLIP = 1

export const NEXT_WORD: NextWordHead = { kind: 'next-word' }

export class NextWordPretraining implements Disposable {
  /** Every weight by its name without the architecture's prefix. */
  readonly tensors: ReadonlyMap<string, AdamTensor & { readonly shape: readonly number[] }>
  private readonly model: Model
  private readonly backprop: Backprop
  private readonly optimiser: AdamW

  private constructor(model: Model, tensors: NextWordPretraining['tensors'], backprop: Backprop, optimiser: AdamW) {
    this.model = model
    this.tensors = tensors
    this.backprop = backprop
    this.optimiser = optimiser
  }

  /** Returns the bytes of an arena it takes. */
  static bytes({ architecture, config }: Model): number {
    return modelWeights(architecture, config, NEXT_WORD).reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
  }

  static async create(model: Model, arena: Arena, kernels: Kernels): Promise<NextWordPretraining> {
    const tensors = new Map(
      modelWeights(model.architecture, model.config, NEXT_WORD).map(({ name, shape }) => {
        const tensor = { ...trainedTensor(arena, shape), shape }
        model.read(name, tensor.value)
        return [name, tensor]
      }),
    )
    const weights = new ResidentWeights(model, { place: (name) => tensors.get(name)!.value, head: NEXT_WORD })
    const backprop = await Backprop.create(model, weights, null, NEXT_WORD, 'all')
    return new NextWordPretraining(model, tensors, backprop, new AdamW([...tensors.values()], arena, kernels, WEIGHT_DECAY))
  }

  /** @returns the mean loss of the batch's words before the step */
  async step(batch: Batch, learningRate: number): Promise<number> {
    const { losses } = await this.backprop.gradients(
      batch,
      () => ({}),
      (...gradient) => addGradient(this.model, batch, gradient, (name) => this.tensors.get(name)!.gradient, 1, NEXT_WORD),
    )
    this.optimiser.step(learningRate, CLIP)
    return losses.reduce((sum, x) => sum + x, 0) / losses.length
  }

  [Symbol.dispose](): void {
    this.backprop[Symbol.dispose]()
  }
}
