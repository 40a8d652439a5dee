/** `adapter_config.json` as PEFT's LoraConfig writes it: what each key means for the function that the adapter is, and what is refused. */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { saysNothing } from './config-rules.ts'
import { readJsonObject } from './safetensors/json-file.ts'

const ADAPTER_CONFIG = 'adapter_config.json'
const MAXIMUM_BYTES = 2 ** 20

const rank = v.pipe(v.number('a rank'), v.safeInteger('a whole number'), v.minValue(1, 'a rank of at least 1'))
const above0 = v.pipe(v.number('a number'), v.gtValue(0, 'a number above 0'))
const names = v.array(v.string('a list of names'), 'a list of names')
const patterns = v.union([v.string(), names], 'a regular expression or a list of names')

/** Initialisations that leave the base as it is: saved values are all that counts. */
const PLAIN_STARTS: ReadonlySet<boolean | string> = new Set([true, false, 'gaussian', 'eva', 'orthogonal'])
const TASKS = ['SEQ_CLS', 'CAUSAL_LM', 'FEATURE_EXTRACTION']

const silent = (expected: string) =>
  v.pipe(
    v.optional(v.unknown()),
    v.check((value) => saysNothing(value), expected),
  )

/** Keys that enter the function, or that decide which modules have an adapter. */
export const honouredKeys = {
  r: v.optional(rank, 8),
  lora_alpha: v.optional(above0, 8),
  rank_pattern: v.nullish(v.record(v.string(), rank, 'an object of ranks'), {}),
  alpha_pattern: v.nullish(v.record(v.string(), above0, 'an object of numbers'), {}),
  use_rslora: v.nullish(v.boolean('true or false'), false),
  target_modules: v.nullish(patterns),
  exclude_modules: v.nullish(patterns),
  layers_to_transform: v.nullish(v.union([v.number(), v.array(v.number())], 'layers by their numbers')),
  layers_pattern: v.nullish(patterns),
  modules_to_save: v.nullish(names),
}

/** Keys whose other values are refused. */
export const refusedKeys = {
  peft_type: v.literal('LORA', '"LORA", the only kind that is supported'),
  task_type: v.nullish(v.picklist(TASKS, `null or one of ${TASKS.join(', ')}`)),
  bias: v.nullish(v.literal('none', '"none": trained biases are not supported')),
  init_lora_weights: v.pipe(
    v.optional(v.nullable(v.union([v.boolean(), v.string()])), true),
    v.check(
      (start) => start === null || PLAIN_STARTS.has(start),
      'true, false, "gaussian", "eva" or "orthogonal": others change the base model; convert it in PEFT (save_pretrained with path_initial_model_for_weight_conversion)',
    ),
  ),
  use_dora: silent('false: weights taken apart (DoRA) are not supported'),
  lora_bias: silent('false: biases of LoRA are not supported'),
  use_qalora: silent('false: QA-LoRA is not supported'),
  use_bdlora: silent('null: block-diagonal LoRA is not supported'),
  target_parameters: silent('null: LoRA of parameters is not supported'),
  trainable_token_indices: silent('null: trained tokens are not supported'),
  layer_replication: silent('null: repeated layers are not supported'),
  alora_invocation_tokens: silent('null: adapters that begin at a token are not supported'),
  arrow_config: silent('null: routed adapters are not supported'),
  velora_config: silent('null: VeLoRA is not supported'),
  kasa_config: silent('null: KaSA is not supported'),
  monteclora_config: silent('null: MonteCLoRA is not supported'),
  megatron_config: silent('null: Megatron is not supported'),
}

/** Keys that change nothing of a saved adapter: its origin, its training, how it began. */
export const IGNORED_KEYS: readonly string[] = `
  base_model_name_or_path revision auto_mapping peft_version inference_mode lora_dropout fan_in_fan_out megatron_core loftq_config eva_config
  corda_config lora_ga_config qalora_group_size runtime_config ensure_weight_tying
`
  .trim()
  .split(/\s+/)

const ConfigFile = v.object({ ...honouredKeys, ...refusedKeys })
export type PeftConfig = v.InferOutput<typeof ConfigFile>

/** @throws InputError naming the key that is wrong or isn't known */
export function readPeftConfig(directory: string): PeftConfig {
  const path = join(directory, ADAPTER_CONFIG)
  const content = readJsonObject(path, MAXIMUM_BYTES, 'the config of an adapter that PEFT saved')
  const result = v.safeParse(ConfigFile, content)
  if (!result.success) {
    const [issue] = result.issues
    const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
    throw new InputError(`${path}:${v.getDotPath(issue)}`, found.slice(0, 80), issue.message)
  }
  const known = new Set([...Object.keys(ConfigFile.entries), ...IGNORED_KEYS])
  const strange = Object.entries(content).find(([key, value]) => !known.has(key) && !saysNothing(value))
  if (strange) {
    throw new InputError(`${path}:${strange[0]}`, JSON.stringify(strange[1]).slice(0, 80), 'no such key: what it changes is not known here')
  }
  return result.output
}

/** Rank of a module, and what B A is multiplied by: alpha / r, or alpha / sqrt(r) with rslora. */
export function scalingOf(config: PeftConfig, module: string): { rank: number; scale: number } {
  const own = valueFor(config.rank_pattern ?? {}, module) ?? config.r
  const alpha = valueFor(config.alpha_pattern ?? {}, module) ?? config.lora_alpha
  return { rank: own, scale: alpha / (config.use_rslora ? Math.sqrt(own) : own) }
}

/** Returns the value of the first pattern, a regular expression, that matches the end of the name. */
function valueFor(byPattern: Readonly<Record<string, number>>, module: string): number | null {
  const found = Object.entries(byPattern).find(([pattern]) => matches(`(.*\\.)?(${pattern})$`, module))
  return found?.[1] ?? null
}

/** True if PEFT would put LoRA on a linear layer of that name. */
export function isTarget(config: PeftConfig, module: string): boolean {
  const listed = (list: string | readonly string[]): boolean =>
    typeof list === 'string' ? matches(`${list}$`, module) : list.some((name) => module === name || module.endsWith(`.${name}`))
  const { target_modules: targets, exclude_modules: excluded, layers_to_transform: layers, layers_pattern: pattern } = config
  if (excluded != null && excluded.length > 0 && listed(excluded)) return false
  if ((config.modules_to_save ?? []).some((saved) => matches(`(^|.*\\.)${saved}($|\\..*)`, module))) return false
  // PEFT has its own default list for each model; here the tensors in the file decide.
  if (targets == null) return true
  if (typeof targets === 'string') return targets === 'all-linear' || listed(targets)
  if (!listed(targets)) return false
  const wanted = layers == null ? [] : [layers].flat()
  if (wanted.length === 0) return true
  const kinds = pattern == null || pattern.length === 0 ? ['[^.]*'] : [pattern].flat()
  const layer = kinds.map((kind) => expression(`^.*?\\.${kind}\\.(\\d+)\\.`)?.exec(module)?.[1]).find((own) => own !== undefined)
  return layer !== undefined && wanted.includes(Number(layer))
}

function matches(pattern: string, text: string): boolean {
  return expression(`^(?:${pattern})`)?.test(text) ?? false
}

/** Converts a Python pattern for names into a JavaScript one, which is alike; null if it is no pattern. */
function expression(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern)
  } catch {
    return null
  }
}
