/** The kinds of values that `config.json` may have, from which architectures build their own rules. */
import * as v from 'valibot'
import { nearest } from '#shared/scenario/nearest-name.ts'
import type { Activation } from '#main/engine/operators/activations.ts'
import { type ModelConfig, PROBLEM_TYPES } from './model-config.ts'

export const MAXIMUM_LABELS = 100_000

export const whole = (minimum: number, maximum: number) => {
  const message = `a whole number from ${minimum} to ${maximum}`
  return v.pipe(v.number(message), v.safeInteger(message), v.minValue(minimum, message), v.maxValue(maximum, message))
}

export const fraction = () => {
  const message = 'a number between 0 and 1'
  return v.pipe(
    v.number(message),
    v.check((value) => value > 0 && value < 1, message),
  )
}

export const positive = () => {
  const message = 'a number above 0'
  return v.pipe(v.number(message), v.finite(message), v.gtValue(0, message))
}

/** Marks the rule of a key whose other values mean another arithmetic: they are refused. Every other rule is of a key that is honoured. */
const REFUSED = { use: 'refused' } as const

/** null is such a value, unless the one is false or 0. */
export const only = <const T extends string | boolean | number>(value: T, expected: string) => {
  const rule = v.literal(value, expected)
  return v.pipe(value ? v.optional(rule, value) : v.nullish(rule, value), v.metadata(REFUSED))
}

/** A key that must be present with one value, since its absence would mean other arithmetic. */
export const always = <const T extends string | boolean | number>(value: T, expected: string) =>
  v.pipe(v.literal(value, expected), v.metadata(REFUSED))

/** A key that must say nothing: null, false, or an empty list or object. */
export const nothing = (expected: string) =>
  v.pipe(
    v.optional(v.unknown()),
    v.check((value) => saysNothing(value), expected),
    v.metadata(REFUSED),
  )

/** True if the value of an unknown key has no meaning: null, false, or an empty list or object. */
export function saysNothing(value: unknown): boolean {
  return value == null || value === false || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** A key that only repeats what other keys say, and is refused where it says something else. */
export const repeated = () => v.pipe(v.nullish(size.hidden), v.metadata(REFUSED))

export function isRefused(rule: v.GenericSchema): boolean {
  return (v.getMetadata(rule as never) as { use?: string })['use'] === REFUSED.use
}

/** A switch that is off when it is null. */
export const off = () =>
  v.pipe(
    v.nullish(v.boolean('true or false'), false),
    v.transform((value) => value ?? false),
  )

/** A switch that is on unless the file says otherwise. */
export const on = () => v.optional(v.boolean('true or false'), true)

/** Hugging Face's names of the same functions. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_new',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_fast: 'gelu_new',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  gelu_python: 'gelu',
  gelu_accurate: 'gelu_new',
}

export const activationOf = (fallback: Activation) =>
  v.pipe(
    v.optional(
      v.picklist(Object.keys(ACTIVATIONS), ({ input }) => oneOf(Object.keys(ACTIVATIONS), input)),
      fallback,
    ),
    v.transform((name) => ACTIVATIONS[name]!),
  )

export const size = { hidden: whole(1, 65_536), wide: whole(1, 1_048_576), layers: whole(1, 1024), heads: whole(1, 1024) }
export const vocabulary = whole(1, 10_000_000)
export const positions = whole(2, 10_000_000)

/** A token id, or none: null, or a number below 0 as early conversions wrote it. */
export const tokenId = (fallback: number | null) =>
  v.pipe(
    v.optional(v.nullable(whole(-1, 10_000_000)), fallback),
    v.transform((id) => (id === null || id < 0 ? null : id)),
  )

/** Keys that every architecture reads alike. */
export const commonEntries = {
  architectures: v.nullish(v.array(v.string('a list of class names'), 'a list of class names'), []),
  initializer_range: v.optional(fraction(), 0.02),
  id2label: v.nullish(v.record(v.string(), v.string('a label name'), 'an object from "0", "1", ... to label names')),
  num_labels: v.nullish(whole(1, MAXIMUM_LABELS)),
  problem_type: v.nullish(v.picklist(PROBLEM_TYPES, ({ input }) => oneOf(PROBLEM_TYPES, input))),
  is_encoder_decoder: only(false, 'false: models with an encoder and a decoder are not supported'),
  add_cross_attention: only(false, 'false: attention to another model is not supported'),
  cross_attention_hidden_size: nothing('null: attention to another model is not supported'),
  pruned_heads: nothing('{}: heads that are cut out are not supported'),
  per_layer_config: nothing('null: layers that differ from each other are not supported'),
  auto_map: nothing('no code of its own: only the architectures of transformers are supported'),
}

/** Splits names at white space. */
export function named(names: string): readonly string[] {
  return names.trim().split(/\s+/)
}

/** Keys that don't affect anything computed here: the origin of a model, how it is run elsewhere, generation settings, dropout. */
export const COMMON_IGNORED = named(`
  _name_or_path name_or_path _commit_hash transformers_version transformers_weights transformers.js_config tokenizer_class
  finetuning_task task_specific_params label2id model_max_length unsloth_version unsloth_fixed torch_dtype dtype use_bfloat16
  torchscript use_cache return_dict use_return_dict chunk_size_feed_forward output_attentions output_hidden_states output_past
  output_scores return_dict_in_generate gradient_checkpointing _attn_implementation _attn_implementation_autoset
  attn_implementation _attn_implementation_internal _experts_implementation _experts_implementation_internal
  experts_implementation tf_legacy_loss tie_encoder_decoder bos_token_id eos_token_id sep_token_id cls_token_id mask_token_id
  unk_token_id decoder_start_token_id forced_bos_token_id forced_eos_token_id prefix max_length min_length max_new_tokens
  do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature top_k top_p min_p typical_p epsilon_cutoff
  eta_cutoff repetition_penalty length_penalty no_repeat_ngram_size penalty_alpha encoder_no_repeat_ngram_size bad_words_ids
  num_return_sequences remove_invalid_values suppress_tokens begin_suppress_tokens exponential_decay_length_penalty
  renormalize_logits classifier_dropout classifier_dropout_prob _num_labels padding custom_pipelines return_all_scores
  sentence_transformers sbert_ce_default_activation_function _flash_attn_2_enabled use_flash_attention_2 language name license
  tags
`)

/** The part of the configuration that an architecture derives from its own keys; the common keys are added. */
export type OwnConfig = Omit<ModelConfig, 'modelType' | 'architectures' | 'initializerRange' | 'labels' | 'labelCount' | 'problem'> &
  Partial<Pick<ModelConfig, 'initializerRange'>>

export interface ConfigRules {
  readonly entries: v.ObjectEntries
  /** Keys that change nothing here, beside the common ones. */
  readonly ignored: readonly string[]
  /** Other names under which keys are accepted. */
  readonly aliases: Readonly<Record<string, string>>
  /** @throws Misfit for keys that don't go together */
  toConfig(file: never): OwnConfig
}

/** @param toConfig from the checked keys */
export function configRules<const E extends v.ObjectEntries>(
  entries: E,
  toConfig: (file: v.InferOutput<v.ObjectSchema<E, undefined>>) => OwnConfig,
  { ignored = [], aliases = {} }: Partial<Pick<ConfigRules, 'ignored' | 'aliases'>> = {},
): ConfigRules {
  return { entries, ignored, aliases, toConfig: toConfig as (file: never) => OwnConfig }
}

/** Thrown for keys that contradict each other. */
export class Misfit extends Error {
  readonly key: string
  readonly found: string
  readonly expected: string

  constructor(key: string, found: string, expected: string) {
    super(`${key}: ${found}; expected ${expected}`)
    this.key = key
    this.found = found
    this.expected = expected
  }
}

/** @throws Misfit if the hidden size can't be shared out over the heads */
export function checkHeads(key: string, heads: number, hiddenKey: string, hidden: number): void {
  if (hidden % heads !== 0) throw new Misfit(key, `${heads}`, `a divisor of ${hiddenKey} ${hidden}`)
}

export function oneOf(known: readonly string[], found: unknown): string {
  const guess = typeof found === 'string' ? nearest(found, known) : undefined
  return `one of ${known.join(', ')}${guess === undefined ? '' : `; did you mean "${guess}"?`}`
}
