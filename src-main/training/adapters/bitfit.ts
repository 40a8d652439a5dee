/**
 * BitFit (Ben Zaken et al. 2021, arXiv 2106.10199): y = W x + b with W frozen and b trained, and likewise the shift of every
 * normalisation. Trained: all bias vectors of the blocks, from the checkpoint's values.
 */
import type { Architecture, BlockAdapter } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { InputError } from '#shared/errors/input-error.ts'

export interface BitFitSpec {
  readonly kind: 'bitfit'
}

/** @throws InputError for a model without biases */
export function bitFit(architecture: Architecture, config: ModelConfig): BlockAdapter {
  const biases = architecture.blockWeights(config).filter(({ bias }) => bias)
  if (biases.length === 0) throw new InputError('model.adapter.kind', '"bitfit"', `lora or bottleneck: a ${config.modelType} has no biases`)
  return {
    tensors: biases.map((weight) => ({ name: weight.name, shape: weight.shape, stored: weight, deviation: 0 })),
    afterLinear: (_site, _layer, _x, y) => y,
  }
}
