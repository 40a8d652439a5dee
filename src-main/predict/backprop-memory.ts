/**
 * Predicts the memory of backpropagation from the graphs that the lab would run: weights, gradients and moments, the activations that every layer
 * keeps until its backward pass, and the working memory of each graph.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type Trained, blockGradients } from '#main/models/graphs.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { type Model, encoderWeights, modelWeights } from '#main/models/model.ts'
import { trainedBytes } from '#main/training/adamw.ts'
import { residualElements } from '#main/training/residual-arrays.ts'
import type { BatchSize } from '#main/training/sweep-plan.ts'
import { workingElements } from './backprop-working.ts'

/**
 * Measured memory beside the arrays that a pass needs, in units of one block's arrays. On a phone it is the runtime's copies of them until they are
 * collected, and the outgrown arrays and gaps that batches of different lengths leave. For every weight it is only one copy, which any step leaves:
 * phones are compared with it.
 */
const SPARE_BLOCKS: Readonly<Record<Trained, number>> = { adapter: 4, all: 1 }

/** Predicts the bytes for training every weight with AdamW. */
export function adamWBytes(model: Model, classes: number, batch: BatchSize): number {
  const specs = [...encoderWeights(model.architecture, model.config), ...classifierWeights(model.architecture, model.config, classes)]
  const weights = specs.reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
  return weights + activationBytes(model, null, classes, 'all', batch)
}

/** An adapter trained by plain steps, the frozen weights in memory. @param parameters d */
export function adapterBackpropBytes(
  model: Model,
  adapter: BlockAdapter | null,
  head: HeadSpec,
  parameters: number,
  batch: BatchSize,
): number {
  const frozen = modelWeights(model.architecture, model.config, head).reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  // The factor 2 stands for the parameters that local steps have changed, and the gradient.
  return frozen + 2 * 4 * parameters + activationBytes(model, adapter, head, 'adapter', batch)
}

function activationBytes(model: Model, adapter: BlockAdapter | null, head: HeadSpec, trained: Trained, batch: BatchSize): number {
  const { architecture, config } = model
  const block = blockGradients(architecture, config, adapter, trained)
  const residuals = residualElements(block, batch)
  const input = batch.sequences * batch.tokens * config.hiddenSize
  const kept = config.layers * (residuals + input) + SPARE_BLOCKS[trained] * residuals
  return 4 * (kept + workingElements(model, block, head, trained, batch))
}
