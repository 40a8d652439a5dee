/** Describes a checkpoint that the lab can't run by what its config names and its files hold, none of it checked. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { elementCount } from '#main/engine/onnx/graph.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { readJsonObject } from '#main/models/safetensors/json-file.ts'
import { InputError } from '#shared/errors/input-error.ts'

export interface UnsupportedModel {
  readonly model: string
  readonly supported: false
  /** The first thing that isn't supported: its place, what was found and what was expected. */
  readonly why: string
  readonly modelType: string | null
  readonly architectures: readonly string[]
  readonly sizes: Readonly<Record<string, number>>
  /** The tensors; null if no weights can be read. */
  readonly files: { readonly count: number; readonly bytes: number; readonly types: Readonly<Record<string, number>> } | null
  /** Elements of all tensors of the files. */
  readonly parameters: number | null
  /** Files of the directory that a tokenizer may come from. */
  readonly tokenizer: readonly string[]
}

const MAXIMUM_CONFIG_BYTES = 10 * 2 ** 20

/** Names that families have for the same size. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  hidden: ['hidden_size', 'n_embd', 'd_model', 'dim', 'hidden_dim'],
  intermediate: ['intermediate_size', 'ffn_dim', 'd_ff', 'n_inner', 'ffn_hidden_size', 'hidden_dim'],
  layers: ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'],
  heads: ['num_attention_heads', 'n_head', 'n_heads', 'num_heads'],
  keyValueHeads: ['num_key_value_heads'],
  experts: ['num_local_experts', 'num_experts'],
  vocabulary: ['vocab_size'],
  positions: ['max_position_embeddings', 'n_positions', 'n_ctx'],
}

const TOKENIZER_FILES = [
  'tokenizer.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spm.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'tokenizer.model',
]

/** @param why its config can't be used @returns null where there is no config to read */
export function unsupportedModel({ checkpoint, why }: { checkpoint: string; why: string }): UnsupportedModel | null {
  const config = orNull(() => readJsonObject(join(checkpoint, 'config.json'), MAXIMUM_CONFIG_BYTES, 'the config of a Hugging Face model'))
  if (!config) return null
  const values = config as Readonly<Record<string, unknown>>
  const sizes = Object.entries(SIZES).flatMap(([name, keys]) => {
    const value = keys.map((key) => values[key]).find((each) => typeof each === 'number')
    return value === undefined ? [] : [[name, value]]
  })
  const names = values['architectures']
  const files = orNull(() => filesOf(checkpoint))
  return {
    model: checkpoint,
    supported: false,
    why,
    modelType: typeof values['model_type'] === 'string' ? values['model_type'] : null,
    architectures: Array.isArray(names) ? names.map(String) : [],
    sizes: Object.fromEntries(sizes) as Record<string, number>,
    files,
    parameters: files && Object.values(files.types).reduce((sum, count) => sum + count, 0),
    tokenizer: TOKENIZER_FILES.filter((name) => existsSync(join(checkpoint, name))),
  }
}

function filesOf(checkpoint: string): NonNullable<UnsupportedModel['files']> {
  using opened = openCheckpoint(checkpoint)
  const types: Record<string, number> = {}
  for (const { dtype, shape } of opened.tensors.values()) types[dtype] = (types[dtype] ?? 0) + elementCount(shape)
  return { count: opened.paths.length, bytes: opened.paths.reduce((sum, path) => sum + statSync(path).size, 0), types }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}
