/** Checkpoints of published shapes with random weights: memory and time depend on the shape alone, and nothing is downloaded. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { encoderWeights } from '#main/models/model.ts'
import { type TensorToWrite, writeSafetensors } from '#main/models/safetensors/write.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

export interface EncoderShape {
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly vocabulary: number
}

/** Wang et al. 2020 (MiniLM), Devlin et al. 2019 (BERT); the feed-forward size is 4 hidden. */
export const shapes = {
  'MiniLM-L12': { hidden: 384, layers: 12, heads: 12, vocabulary: 30_522 },
  'BERT-base': { hidden: 768, layers: 12, heads: 12, vocabulary: 30_522 },
  'BERT-large': { hidden: 1024, layers: 24, heads: 16, vocabulary: 30_522 },
} as const satisfies Record<string, EncoderShape>

export type PublishedShape = keyof typeof shapes

const DEVIATION = 0.02

/** So many values are drawn and then repeated: drawing all of them would take longer than what is measured. */
const DRAWN = 65_521

/** Writes `config.json` alone into `directory`. */
export function writeConfig(directory: string, { hidden, layers, heads, vocabulary }: EncoderShape): void {
  mkdirSync(directory, { recursive: true })
  const file = {
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_size: hidden,
    intermediate_size: 4 * hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    vocab_size: vocabulary,
    max_position_embeddings: 512,
    initializer_range: DEVIATION,
  }
  writeFileSync(join(directory, 'config.json'), JSON.stringify(file))
}

/** Writes `config.json` and a float32 `model.safetensors` into `directory`, tensor by tensor through one buffer. */
export function writeRandomCheckpoint(directory: string, encoder: EncoderShape, seed: number): void {
  writeConfig(directory, encoder)
  const config = readConfig(directory)
  const specs = encoderWeights(architectures[config.modelType]!, config).map((spec) => ({ ...spec, size: product(spec.shape) }))
  const buffer = new Float32Array(Math.max(...specs.map(({ size }) => size)))
  const stream = new Stream(deriveKey(seed, 'random checkpoint'))
  const drawn = Float32Array.from({ length: DRAWN }, () => DEVIATION * stream.normal())
  function* tensors(): Generator<[string, TensorToWrite]> {
    for (const { name, shape, size } of specs) {
      const data = buffer.subarray(0, size)
      if (shape.length > 1) repeat(drawn, data)
      else data.fill(name.endsWith('.weight') ? 1 : 0)
      yield [`bert.${name}`, { dtype: 'F32', shape, data }]
    }
  }
  writeSafetensors(join(directory, 'model.safetensors'), tensors())
}

function repeat(pattern: Float32Array, out: Float32Array): void {
  for (let at = 0; at < out.length; at += pattern.length) out.set(pattern.subarray(0, out.length - at), at)
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, d) => size * d, 1)
}
