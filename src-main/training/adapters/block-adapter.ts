/** Opens the adapters that a scenario can name. */
import type { Architecture, BlockAdapter } from '#main/models/architectures/architecture.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { type BitFitSpec, bitFit } from './bitfit.ts'
import { type BottleneckSpec, bottleneck } from './bottleneck.ts'
import { type LoraSpec, lora } from './lora.ts'

export type AdapterSpec = LoraSpec | BitFitSpec | BottleneckSpec

/** @throws InputError if the architecture lacks what the adapter attaches to */
export function blockAdapter(architecture: Architecture, config: ModelConfig, spec: AdapterSpec): BlockAdapter {
  switch (spec.kind) {
    case 'lora':
      return lora(architecture, config, spec)
    case 'bitfit':
      return bitFit(architecture, config)
    case 'bottleneck':
      return bottleneck(architecture, config, spec)
  }
}
