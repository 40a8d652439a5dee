/**
 * What backpropagation holds, computed from the graphs that the lab would run: weights, gradients and moments, and the activations that
 * every layer keeps until its backward pass.
 */
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { BlockAdapter } from '#main/models/architectures/architecture.ts'
import { type Trained, blockGradients } from '#main/models/graphs.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { type Model, encoderWeights } from '#main/models/model.ts'
import { trainedBytes } from '#main/training/adamw.ts'
import { residualElements } from '#main/training/residual-arrays.ts'
import type { BatchSize } from '#main/training/sweep-plan.ts'

/** Bytes alive at once inside a backward pass through one block, over those of its widest activation: measured, on BERT-base. */
const ALIVE_BACKWARD = 8

/** Every weight trained by AdamW. */
export function adamWBytes(model: Model, classes: number, batch: BatchSize): number {
  const specs = [...encoderWeights(model.architecture, model.config), ...classifierWeights(model.architecture, model.config, classes)]
  const weights = specs.reduce((sum, { shape }) => sum + trainedBytes(elementCount(shape)), 0)
  return weights + activationBytes(model, null, 'all', batch)
}

/** An adapter trained by plain steps, the frozen weights in memory. @param parameters d */
export function adapterBackpropBytes(model: Model, adapter: BlockAdapter | null, parameters: number, batch: BatchSize): number {
  const frozen = encoderWeights(model.architecture, model.config).reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  // What the steps changed, and the gradient.
  return frozen + 2 * 4 * parameters + activationBytes(model, adapter, 'adapter', batch)
}

function activationBytes({ architecture, config }: Model, adapter: BlockAdapter | null, trained: Trained, batch: BatchSize): number {
  const graphs = blockGradients(architecture, config, adapter, trained)
  const kept = 4 * (residualElements(graphs, batch) + batch.sequences * batch.tokens * config.hiddenSize)
  const widest = 4 * batch.sequences * batch.tokens * Math.max(config.intermediateSize, config.heads * batch.tokens)
  return config.layers * kept + ALIVE_BACKWARD * widest
}
