/** Pretrains the built-in encoder on the built-in corpus, from random weights to a Hugging Face directory, on the cloud role's engine. */
import { elementCount } from '#main/engine/onnx/graph.ts'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { corpus, pretrainingText } from '#main/data/corpus/corpus.ts'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { bert } from '#main/models/architectures/bert.ts'
import type { WeightSpec } from '#main/models/architectures/architecture.ts'
import { readConfig } from '#main/models/config.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import { maskedLanguageWeights } from '#main/models/heads.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { tokenizerJson, wordPieceVocabulary } from '#main/models/tokenizer/word-piece.ts'
import { type Example, makeBatch } from '#main/training/batch.ts'
import { Pretraining, type PretrainingLoss } from '#main/training/pretraining.ts'
import { exampleAt } from '#main/training/packed-examples.ts'
import type { EncodedTexts, EncodingRequest } from '#main/reading/encode-texts.ts'
import { Reader } from '#main/reading/reader.ts'
import { type Resources, kernelsPath } from '#main/machine/resources.ts'

export interface PretrainOptions {
  /** Directory to make; replaced as a whole once the new model is complete. */
  readonly out: string
  readonly steps: number
  readonly seed: number
  readonly onStep: (step: number, loss: PretrainingLoss) => void
}

export const VOCABULARY_SIZE = 2048
export const MAXIMUM_LENGTH = 64
export const BATCH_SIZE = 32
const PARAGRAPHS = 30_000
const SENTENCES = 10_000
const PEAK_LEARNING_RATE = 1.5e-3
const WARM_UP = 0.06

const CONFIG = {
  architectures: ['BertForMaskedLM'],
  model_type: 'bert',
  hidden_size: 128,
  intermediate_size: 512,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  max_position_embeddings: 128,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  hidden_act: 'gelu',
  initializer_range: 0.02,
  pad_token_id: 0,
}

/** @returns the last losses. @throws InputError if `out` can't be written, before training */
export async function pretrain(resources: Resources, { out, steps, seed, onStep }: PretrainOptions): Promise<PretrainingLoss> {
  const folder = makeFolder(out)
  try {
    const texts = pretrainingCorpus(seed)
    const vocabulary = wordPieceVocabulary(texts, VOCABULARY_SIZE)
    writeFileSync(join(folder, 'config.json'), `${JSON.stringify({ ...CONFIG, vocab_size: vocabulary.length }, null, 1)}\n`)
    writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizerJson(vocabulary))}\n`)
    writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: true })}\n`)
    const config = readConfig(folder)
    const specs = [...encoderWeights(bert, config), ...maskedLanguageWeights(config)]
    writeSafetensors(join(folder, 'model.safetensors'), initialWeights(specs, config, seed))

    const training = await startTraining(folder, specs, seed, readFileSync(kernelsPath(resources)))
    const encoded = await encodedTexts({ directory: folder, texts, maxLength: MAXIMUM_LENGTH }, resources)
    const loss = await train(training, encoded, { steps, seed, onStep })
    writeSafetensors(
      join(folder, 'model.safetensors'),
      halfWeights(
        training,
        specs.map(({ name }) => name),
      ),
      { format: 'pt' },
    )
    chmodSync(folder, 0o755)
    rmSync(out, { recursive: true, force: true })
    renameSync(folder, out)
    return loss
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sentences as the tasks have them and paragraphs of several, none from a test split. */
export function pretrainingCorpus(seed: number): string[] {
  const sentences = (['topic', 'stance'] as const).flatMap(
    (task) => corpus({ task, rows: SENTENCES, seed: seed + 1000, split: 'train' }).texts,
  )
  return [...pretrainingText({ rows: PARAGRAPHS, seed }), ...sentences]
}

/** Encodes texts in a process of its own. */
export async function encodedTexts(
  request: EncodingRequest,
  resources: Resources,
): Promise<Omit<EncodedTexts, 'rows'> & { readonly rows: readonly Example[] }> {
  await using reader = new Reader(resources)
  const { rows, ...ids } = await reader.read('encode', request, request.directory)
  return { ...ids, rows: Array.from(rows.labels, (_, row) => exampleAt(rows, row)) }
}

async function startTraining(folder: string, specs: readonly WeightSpec[], seed: number, kernels: BufferSource): Promise<Pretraining> {
  using model = new Model(folder, seed)
  const arena = new Arena(Pretraining.bytes(specs))
  return Pretraining.create(model, specs, arena, loadKernels(arena.memory, kernels))
}

async function train(
  training: Pretraining,
  { rows, padId, maskId }: Awaited<ReturnType<typeof encodedTexts>>,
  { steps, seed, onStep }: Pick<PretrainOptions, 'steps' | 'seed' | 'onStep'>,
): Promise<PretrainingLoss> {
  const stream = new Stream(deriveKey(seed, 'pretraining'))
  let loss: PretrainingLoss = { masked: NaN, pooled: NaN }
  for (let step = 1; step <= steps; step++) {
    const chosen = Array.from({ length: BATCH_SIZE }, () => stream.pick(rows))
    const rate = learningRateAt(step, steps)
    loss = await training.step(makeBatch(chosen, padId), maskId!, rate, stream)
    onStep(step, loss)
  }
  return loss
}

/** Up in a straight line, then down in one. */
export function learningRateAt(step: number, steps: number): number {
  return PEAK_LEARNING_RATE * Math.min(step / (WARM_UP * steps), (steps - step + 1) / (steps * (1 - WARM_UP)), 1)
}

/** Normal with the config's deviation; normalisations start as the identity. */
export function* initialWeights(
  specs: readonly WeightSpec[],
  config: ModelConfig,
  seed: number,
  nameOf = storedName,
): Generator<[string, { dtype: 'F32'; shape: readonly number[]; data: Float32Array }]> {
  for (const { name, shape } of specs) {
    const data = new Float32Array(elementCount(shape))
    const stream = new Stream(deriveKey(seed, 'initial', name))
    if (/norm\.weight$/i.test(name)) data.fill(1)
    else if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = config.initializerRange * stream.normal()
    yield [nameOf(name), { dtype: 'F32', shape, data }]
  }
}

export function* halfWeights(
  { tensors }: Pick<Pretraining, 'tensors'>,
  names: readonly string[],
  nameOf = storedName,
): Generator<[string, { dtype: 'F16'; shape: readonly number[]; data: Uint8Array }]> {
  for (const name of names) {
    const { value, shape } = tensors.get(name)!
    yield [nameOf(name), { dtype: 'F16', shape, data: new Uint8Array(Float16Array.from(value).buffer) }]
  }
}

function storedName(name: string): string {
  return name.startsWith('cls.') ? name : bert.prefix + name
}

/** Makes a folder beside `out`, so that moving it into place is one step. */
export function makeFolder(out: string): string {
  try {
    return mkdtempSync(`${out}.new-`)
  } catch (error) {
    throw new InputError(
      out,
      `can't be written (${(error as Error).message})`,
      'a new name in a directory that exists and can be written',
      { cause: error },
    )
  }
}
