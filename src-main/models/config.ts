/** `config.json` of a Hugging Face model directory: what decides the shapes and the arithmetic of the model, checked. */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { nearest } from '#shared/scenario/nearest.ts'
import type { Activation } from '#main/engine/operators/activations.ts'
import { readJsonObject } from './safetensors/json-file.ts'

/** What `model_type` may be. */
export const MODEL_TYPES = ['bert'] as const
const ACTIVATIONS = ['gelu', 'gelu_new', 'relu'] as const satisfies readonly Activation[]
const MAXIMUM_CONFIG_BYTES = 10 * 2 ** 20
const MAXIMUM_LABELS = 100_000

export interface ModelConfig {
  readonly modelType: (typeof MODEL_TYPES)[number]
  /** Class names of the checkpoint's heads, e.g. `BertForMaskedLM`. */
  readonly architectures: readonly string[]
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly vocabularySize: number
  /** Longest sequence that has position embeddings, in tokens. */
  readonly maxPositions: number
  readonly typeVocabularySize: number
  /** Added to the variance inside every layer normalisation. */
  readonly normEpsilon: number
  readonly activation: Activation
  /** Standard deviation of freshly drawn weights. */
  readonly initializerRange: number
  readonly padTokenId: number
  /** Class names in the order of the logits, where the checkpoint names them. */
  readonly labels: readonly string[] | null
  /** Number of classes, where the checkpoint says it. */
  readonly labelCount: number | null
}

const whole = (minimum: number, maximum: number) => {
  const message = `a whole number from ${minimum} to ${maximum}`
  return v.pipe(v.number(message), v.safeInteger(message), v.minValue(minimum, message), v.maxValue(maximum, message))
}

const fraction = (message: string) =>
  v.pipe(
    v.number(message),
    v.check((value) => value > 0 && value < 1, message),
  )

const ConfigFile = v.object({
  model_type: v.picklist(MODEL_TYPES, ({ input }) => oneOf(MODEL_TYPES, input)),
  architectures: v.nullish(v.array(v.string('a list of class names'), 'a list of class names'), []),
  hidden_size: whole(1, 65_536),
  intermediate_size: whole(1, 1_048_576),
  num_hidden_layers: whole(1, 1024),
  num_attention_heads: whole(1, 1024),
  vocab_size: whole(1, 10_000_000),
  max_position_embeddings: whole(2, 1_048_576),
  type_vocab_size: v.optional(whole(1, 1024), 2),
  layer_norm_eps: v.optional(fraction('a number between 0 and 1'), 1e-12),
  hidden_act: v.optional(
    v.picklist(ACTIVATIONS, ({ input }) => oneOf(ACTIVATIONS, input)),
    'gelu',
  ),
  initializer_range: v.optional(fraction('a number between 0 and 1'), 0.02),
  pad_token_id: v.nullish(whole(0, 10_000_000), 0),
  id2label: v.nullish(v.record(v.string(), v.string('a label name'), 'an object from "0", "1", ... to label names')),
  num_labels: v.nullish(whole(1, MAXIMUM_LABELS)),
  // Variants of the encoder whose arithmetic is another one: refused, not ignored.
  position_embedding_type: v.nullish(v.literal('absolute', '"absolute", the only supported one'), 'absolute'),
  is_decoder: v.nullish(v.literal(false, 'false: only encoders are supported'), false),
})

/** Reads and checks `config.json` under `directory`; throws InputError naming the key that is wrong. */
export function readConfig(directory: string): ModelConfig {
  const path = join(directory, 'config.json')
  const content = v.safeParse(ConfigFile, readJsonObject(path, MAXIMUM_CONFIG_BYTES, 'the config of a Hugging Face model'))
  if (!content.success) {
    const [issue] = content.issues
    const key = v.getDotPath(issue) ?? ''
    const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
    throw new InputError(`${path}:${key}`, found, issue.input === undefined ? expectedOf(key) : issue.message)
  }
  const file = content.output

  if (file.hidden_size % file.num_attention_heads !== 0) {
    throw new InputError(`${path}:num_attention_heads`, `${file.num_attention_heads}`, `a divisor of hidden_size ${file.hidden_size}`)
  }
  if (file.pad_token_id >= file.vocab_size) {
    throw new InputError(`${path}:pad_token_id`, `${file.pad_token_id}`, `less than vocab_size ${file.vocab_size}`)
  }
  const labels = orderedLabels(path, file.id2label ?? null)
  if (labels !== null && file.num_labels != null && file.num_labels !== labels.length) {
    throw new InputError(`${path}:num_labels`, `${file.num_labels}`, `${labels.length}, as many as id2label has`)
  }
  return {
    modelType: file.model_type,
    architectures: file.architectures,
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    layers: file.num_hidden_layers,
    heads: file.num_attention_heads,
    vocabularySize: file.vocab_size,
    maxPositions: file.max_position_embeddings,
    typeVocabularySize: file.type_vocab_size,
    normEpsilon: file.layer_norm_eps,
    activation: file.hidden_act,
    initializerRange: file.initializer_range,
    padTokenId: file.pad_token_id,
    labels,
    labelCount: labels?.length ?? file.num_labels ?? null,
  }
}

function orderedLabels(path: string, id2label: Readonly<Record<string, string>> | null): string[] | null {
  if (id2label === null) return null
  const count = Object.keys(id2label).length
  const labels = Array.from({ length: count }, (_, i) => id2label[i])
  if (count === 0 || count > MAXIMUM_LABELS || labels.includes(undefined)) {
    throw new InputError(`${path}:id2label`, `keys ${Object.keys(id2label).slice(0, 8).join(', ')}`, 'the keys "0", "1", ... without a gap')
  }
  return labels as string[]
}

function oneOf(known: readonly string[], found: unknown): string {
  const guess = typeof found === 'string' ? nearest(found, known) : undefined
  return `one of ${known.join(', ')}${guess === undefined ? '' : `; did you mean "${guess}"?`}`
}

/** What a required key should be; the schema reports an absent one without asking the key's own rule. */
function expectedOf(key: string): string {
  const rule: v.GenericSchema | undefined = Object.entries(ConfigFile.entries).find(([name]) => name === key)?.[1]
  const [issue] = (rule && v.safeParse(rule, undefined).issues) ?? []
  return issue?.message ?? 'a value'
}
