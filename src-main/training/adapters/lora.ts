/** LoRA (Hu et al. 2021): low-rank updates of chosen linear layers, y = W x + (alpha / rank) B A x. */
import type { Architecture, BlockAdapter } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/config.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { ParameterSpec } from '../parameter-spec.ts'

export interface LoraSpec {
  readonly rank: number
  readonly alpha: number
  readonly targets: readonly string[]
}

export function blockAdapter(architecture: Architecture, config: ModelConfig, lora: LoraSpec): BlockAdapter {
  const known = architecture.linearTargets(config)
  const targets = lora.targets.map((name) => {
    const target = known[name]
    if (!target) throw new InputError('model.adapter.targets', `"${name}"`, `one of ${Object.keys(known).join(', ')}`)
    return target
  })
  return { rank: lora.rank, scaling: lora.alpha / lora.rank, targets }
}

/** Trainable tensors of one block. A starts normal with variance 1/in, B at zero, so that training starts at the checkpoint. */
export function loraParameters(architecture: Architecture, adapter: BlockAdapter, layer: number): ParameterSpec[] {
  return adapter.targets.flatMap(({ name, inFeatures, outFeatures }) => {
    const full = `${architecture.prefix}${architecture.blockPrefix(layer)}${name}`
    return [
      {
        name: `${full}.lora_A.weight`,
        input: `${name}.lora_A`,
        layer,
        rows: adapter.rank,
        columns: inFeatures,
        deviation: 1 / Math.sqrt(inFeatures),
      },
      { name: `${full}.lora_B.weight`, input: `${name}.lora_B`, layer, rows: outFeatures, columns: adapter.rank, deviation: 0 },
    ]
  })
}
