/** Inspects a checkpoint before anything is computed: what it is, which tasks it can do here, and the memory of each way of training it. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { scaleName } from '#main/models/safetensors/format.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { type TrainingMemory, trainingMemory } from './training-memory.ts'

export interface Inspection {
  readonly model: string
  readonly modelType: string
  readonly architectures: readonly string[]
  readonly sizes: Readonly<Record<string, number>>
  /** Elements of all weights, each counted once, without a head. */
  readonly parameters: number
  readonly files: { readonly count: number; readonly bytes: number; readonly types: Readonly<Record<string, number>> }
  /** Tensors of the checkpoint that the lab reads nothing from. */
  readonly unused: readonly string[]
  /** Weights that are drawn from the seed, since the checkpoint lacks them. */
  readonly fresh: readonly string[]
  readonly labels: readonly string[] | null
  readonly tokenizer: { readonly kind: string; readonly vocabulary: number; readonly special: Readonly<Record<string, number>> } | null
  readonly targets: readonly string[]
  /** True if its blocks have biases for BitFit to train. */
  readonly biased: boolean
  /** The tasks that can be trained here, and the reasons where one can't. */
  readonly tasks: readonly { readonly task: string; readonly possible: boolean; readonly why?: string }[]
  readonly batch: { readonly sequences: number; readonly tokens: number }
  readonly memory: readonly TrainingMemory[]
}

interface InspectRequest {
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  /** The batch that memory is forecast for; tokens are cut to what the model takes. */
  readonly sequences: number
  readonly tokens: number
  /** Resident bytes of a worker on this machine that has the runtime loaded and nothing else. */
  readonly idleBytes: number
}

/** @param at called with the file that is read @throws InputError naming the file and the key where the model isn't supported at all */
export async function inspectModel(
  { checkpoint, sequences, tokens: wanted, idleBytes }: InspectRequest,
  at: (file: string) => void = () => {},
): Promise<Inspection> {
  at(checkpoint)
  using model = new Model(checkpoint, 1)
  const { architecture, config } = model
  const specs = encoderWeights(architecture, config)
  const tokens = Math.min(wanted, config.maxPositions)
  return {
    model: checkpoint,
    modelType: config.modelType,
    architectures: config.architectures,
    sizes: {
      hidden: config.hiddenSize,
      intermediate: config.intermediateSize,
      layers: config.layers,
      heads: config.heads,
      ...(config.decoder ? { keyValueHeads: config.decoder.keyValueHeads, headSize: config.decoder.headSize } : {}),
      ...(config.embeddingSize ? { embedding: config.embeddingSize } : {}),
      vocabulary: config.vocabularySize,
      positions: config.maxPositions,
    },
    parameters: specs.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    ...filesOf(model),
    fresh: model.fresh,
    labels: config.labels,
    tokenizer: await tokenizerOf(checkpoint, at),
    targets: Object.keys(architecture.linearTargets(config)),
    biased: architecture.blockWeights(config).some(({ bias }) => bias),
    tasks: tasksOf(model),
    batch: { sequences, tokens },
    memory: trainingMemory(model, { sequences, tokens }, idleBytes),
  }
}

function filesOf(model: Model): Pick<Inspection, 'files' | 'unused'> {
  using checkpoint = openCheckpoint(model.directory)
  const { architecture, config } = model
  const types: Record<string, number> = {}
  for (const { dtype, shape } of checkpoint.tensors.values()) types[dtype] = (types[dtype] ?? 0) + elementCount(shape)
  // A checkpoint whose output matrix is tied to the embedding may store it a second time, so the names of both forms are known.
  const heads = [true, false].flatMap((tied) => architecture.languageHead({ ...config, tied }) ?? [])
  const ofHeads = heads.flatMap(({ weights, matrix, bias }) => [...weights, matrix, ...(bias ? [bias] : [])])
  const known = [...encoderWeights(architecture, config), ...classifierWeights(architecture, config, 1), ...ofHeads]
  const read = new Set(known.map(({ name }) => model.nameInFile(name)).flatMap((name) => [name, scaleName(name)]))
  return {
    files: { count: checkpoint.paths.length, bytes: checkpoint.paths.reduce((sum, path) => sum + statSync(path).size, 0), types },
    unused: [...checkpoint.tensors.keys()].filter((name) => !read.has(name)),
  }
}

async function tokenizerOf(checkpoint: string, at: (file: string) => void): Promise<Inspection['tokenizer']> {
  at(join(checkpoint, 'tokenizer.json'))
  try {
    const { kind, padId, unkId, clsId, sepId, maskId, vocabularySize } = await loadTokenizer(checkpoint)
    const special = Object.entries({ padding: padId, unknown: unkId, begin: clsId, separator: sepId, mask: maskId })
    return {
      kind,
      vocabulary: vocabularySize,
      special: Object.fromEntries(special.filter((entry): entry is [string, number] => entry[1] !== null)),
    }
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

function tasksOf(model: Model): Inspection['tasks'] {
  const why = ((): string | null => {
    try {
      model.requireLanguageHead()
      return null
    } catch (error) {
      if (error instanceof InputError) return error.message
      throw error
    }
  })()
  const byHead = (task: string, reason: string | null): Inspection['tasks'][number] =>
    reason === null ? { task, possible: true } : { task, possible: false, why: reason }
  const whyNoNext = model.config.decoder ? null : 'it reads in both directions, so that no word comes next'
  return [{ task: 'classification', possible: true }, byHead('label-words', why), byHead('language-model', whyNoNext ?? why)]
}
