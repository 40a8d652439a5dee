/** The workload of a model's rounds: FLOP from its graphs, values to send from its layout. Neither needs its weights. */
import { tmpdir } from 'node:os'
import { scratchFolder } from '#main/machine/scratch.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { type BatchShape, type ModelFlops, modelFlops } from '#main/models/model-flops.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { weightLayout } from '#main/training/full-parameters/weight-layout.ts'
import { type ParameterLayout, parameterLayout } from '#main/training/parameters.ts'
import { type Resources, checkpointDirectory } from '#main/machine/resources.ts'
import { shapes, writeConfig } from '../random-checkpoint.ts'

export interface PipelineWorkload {
  readonly model: string
  readonly trained: 'LoRA' | 'full'
  readonly layout: ParameterLayout
  readonly flops: ModelFlops
  /** A direction per class and round; phones probe along those of two rounds. */
  readonly classes: number
  readonly batch: BatchShape
  /** The cloud's batches, one per class. */
  readonly cloudBatches: readonly BatchShape[]
}

const CLOUD_ROWS = 64
const PHONE_ROWS = 16
const LORA = { kind: 'lora', rank: 8, alpha: 16, targets: ['query', 'value'] } as const

/** The built-in encoder as the quickstart uses it, and BERT-base on two classes of 64 tokens, each with LoRA and with every weight. */
export function workloads(resources: Resources): PipelineWorkload[] {
  const builtIn = readConfig(checkpointDirectory(resources, 'builtin:encoder'))
  const models = [
    { model: 'built-in encoder', config: builtIn, classes: 6, tokens: 40 },
    { model: 'BERT-base', config: publishedConfig('BERT-base'), classes: 2, tokens: 64 },
  ]
  return models.flatMap(({ model, config, classes, tokens }) =>
    (['LoRA', 'full'] as const).map((trained): PipelineWorkload => {
      const architecture = architectures[config.modelType]!
      const adapter = trained === 'LoRA' ? blockAdapter(architecture, config, LORA) : null
      return {
        model,
        trained,
        layout: adapter ? parameterLayout(architecture, config, adapter, classes) : sentLayout(config, classes),
        flops: modelFlops(architecture, config, adapter, classes, adapter ? 'adapter' : 'all'),
        classes,
        batch: { sequences: PHONE_ROWS, tokens },
        cloudBatches: Array.from({ length: classes }, () => ({ sequences: Math.ceil(CLOUD_ROWS / classes), tokens })),
      }
    }),
  )
}

/** Returns the layout in which all weights are sent: the embedding's gradient is ready last and travels with that of the first block. */
function sentLayout(config: ModelConfig, classes: number): ParameterLayout {
  const { parameters, size, byLayer, embedding } = weightLayout(architectures[config.modelType]!, config, classes)
  return { parameters, size, byLayer: byLayer.map((own, layer) => (layer === 0 ? [...embedding, ...own] : own)) }
}

function publishedConfig(name: keyof typeof shapes): ModelConfig {
  using folder = scratchFolder(tmpdir(), 'bench')
  writeConfig(folder.path, shapes[name])
  return readConfig(folder.path)
}
