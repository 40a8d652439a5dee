/** Checkpoints of published shapes with random weights: memory and time depend on the shape alone, and nothing is downloaded. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { INT4_BLOCK, packs } from '#main/engine/operators/frozen-weight.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import { encoderWeights } from '#main/models/model.ts'
import { MOST_LEVELS } from '#main/models/precision.ts'
import { scaleName } from '#main/models/safetensors/format.ts'
import { type TensorToWrite, writeSafetensors } from '#main/models/safetensors/write.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

interface EncoderShape {
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

/** The largest step of a weight in four bits on its positive side. */
const MOST_PACKED = 7

/** The number of values that are drawn and then repeated: drawing all of them would take longer than the measurement. */
const DRAWN = 65_521

/** Writes `config.json` alone into `directory`. */
export function writeConfig(directory: string, encoder: EncoderShape): void {
  writeFile(directory, configFile(encoder))
}

/** Writes `config.json` and a float32 `model.safetensors` into `directory`, tensor by tensor through one buffer. */
export function writeRandomCheckpoint(directory: string, encoder: EncoderShape, seed: number): void {
  writeRandomWeights(directory, configFile(encoder), seed, 'fp32')
}

function configFile({ hidden, layers, heads, vocabulary }: EncoderShape): ConfigFile {
  return {
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
}

function writeFile(directory: string, file: ConfigFile): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(file))
}

/** `config.json` of a model of published shape. */
export type ConfigFile = Readonly<Record<string, unknown>> & { readonly model_type: string }

/**
 * Writes a checkpoint like `writeRandomCheckpoint`, for any architecture.
 * @param form of the matrices; with int4 only linear layers are int4, the others int8
 */
export function writeRandomWeights(directory: string, file: ConfigFile, seed: number, form: 'fp32' | 'int8' | 'int4'): void {
  writeFile(directory, file)
  const config = readConfig(directory)
  const architecture = architectures[config.modelType]!
  const specs = encoderWeights(architecture, config).map((spec) => ({ ...spec, size: product(spec.shape) }))
  const stream = new Stream(deriveKey(seed, 'random checkpoint'))
  const drawn = Float32Array.from({ length: DRAWN }, () => DEVIATION * stream.normal())
  const largest = Math.max(...specs.map(({ size }) => size))
  const buffer = new Float32Array(
    form === 'fp32' ? largest : Math.max(...specs.filter(({ shape }) => shape.length < 2).map(({ size }) => size)),
  )
  // Levels of a scale that puts three deviations at the last one.
  const scale = (3 * DEVIATION) / MOST_LEVELS
  const levels = Int8Array.from(drawn, (x) => Math.max(-MOST_LEVELS, Math.min(MOST_LEVELS, Math.round(x / scale))))
  const narrow = new Int8Array(form === 'fp32' ? 0 : largest)
  // Two weights a byte, 0 to 15 each around 8: of a scale that puts three deviations at the last one.
  const packedScale = (3 * DEVIATION) / MOST_PACKED
  const half = (x: number): number => 8 + Math.max(-8, Math.min(MOST_PACKED, Math.round(x / packedScale)))
  const pairs = Uint8Array.from({ length: DRAWN }, (_, i) => half(drawn[i]!) | (half(drawn[(i + 1) % DRAWN]!) << 4))
  function* tensors(): Generator<[string, TensorToWrite]> {
    for (const { name, shape, size, linear } of specs) {
      const own = fullName(architecture, name)
      if (form === 'int4' && linear && packs(linear.inFeatures)) {
        const outFeatures = size / linear.inFeatures
        const blocks = linear.inFeatures / INT4_BLOCK
        const data = new Uint8Array(size / 2)
        repeat(pairs, data)
        yield [own, { dtype: 'U8', shape: [outFeatures, linear.inFeatures / 2], data }]
        const scales = new Float32Array(outFeatures * blocks).fill(packedScale)
        yield [scaleName(own), { dtype: 'F32', shape: [outFeatures, blocks], data: scales }]
        continue
      }
      if (form !== 'fp32' && shape.length === 2) {
        const data = narrow.subarray(0, size)
        repeat(levels, data)
        yield [own, { dtype: 'I8', shape, data: new Uint8Array(data.buffer, 0, size) }]
        yield [scaleName(own), { dtype: 'F32', shape: [shape[0]!], data: new Float32Array(shape[0]!).fill(scale) }]
        continue
      }
      const data = buffer.subarray(0, size)
      if (shape.length > 1) repeat(drawn, data)
      else data.fill(name.endsWith('.weight') ? 1 : 0)
      yield [own, { dtype: 'F32', shape, data }]
    }
  }
  writeSafetensors(join(directory, 'model.safetensors'), tensors())
}

function repeat<T extends Float32Array | Int8Array | Uint8Array>(pattern: T, out: T): void {
  for (let at = 0; at < out.length; at += pattern.length) out.set(pattern.subarray(0, out.length - at), at)
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, d) => size * d, 1)
}
