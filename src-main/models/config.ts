/** `config.json` of a Hugging Face model directory: what decides the shapes and the arithmetic of the model, checked. */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { architectures } from './architectures/index.ts'
import {
  COMMON_IGNORED,
  type ConfigRules,
  MAXIMUM_LABELS,
  Misfit,
  type OwnConfig,
  commonEntries,
  oneOf,
  saysNothing,
} from './config-rules.ts'
import type { ModelConfig, ProblemType } from './model-config.ts'
import { requireConfig } from './not-a-model.ts'
import { readJsonObject } from './safetensors/json-file.ts'

/** The accepted values of `model_type`. */
const MODEL_TYPES = Object.keys(architectures)

const MAXIMUM_CONFIG_BYTES = 10 * 2 ** 20

const WithType = v.object({
  model_type: v.picklist(MODEL_TYPES, ({ input }) => oneOf(MODEL_TYPES, input)),
})

/** Reads and checks `config.json` under `directory`; throws InputError naming the key that is wrong. */
export function readConfig(directory: string): ModelConfig {
  requireConfig(directory)
  const path = join(directory, 'config.json')
  const written = readJsonObject(path, MAXIMUM_CONFIG_BYTES, 'the config of a Hugging Face model')
  const { model_type: modelType } = checked(path, WithType, written)
  refuseQuantised(path, written)
  const rules: ConfigRules = architectures[modelType]!.config
  const content = withOwnNames(path, rules, written)
  const file = checked(path, v.object(commonEntries), content)
  const own = ownConfig(path, rules, checked(path, v.object(rules.entries), content))
  refuseUnknown(path, modelType, rules, content)

  if (own.padTokenId !== null && own.padTokenId >= own.vocabularySize) {
    throw new InputError(`${path}:pad_token_id`, `${own.padTokenId}`, `less than vocab_size ${own.vocabularySize}`)
  }
  const labels = orderedLabels(path, file.id2label ?? null)
  if (labels !== null && file.num_labels != null && file.num_labels !== labels.length) {
    throw new InputError(`${path}:num_labels`, `${file.num_labels}`, `${labels.length}, as many as id2label has`)
  }
  return {
    modelType,
    architectures: file.architectures,
    initializerRange: file.initializer_range,
    ...own,
    labels,
    labelCount: labels?.length ?? file.num_labels ?? null,
    problem: problemOf(path, file.problem_type ?? null, labels?.length ?? file.num_labels ?? null),
  }
}

function problemOf(path: string, stated: ProblemType | null, outputs: number | null): ProblemType | null {
  if (outputs !== 1 || stated !== 'single_label_classification') return stated
  throw new InputError(`${path}:problem_type`, '"single_label_classification" of 1 label', 'at least 2 labels, or "regression"')
}

/** A checkpoint whose matrices are packed has them under other names and in other numbers. */
function refuseQuantised(path: string, content: object): void {
  const own = (content as Readonly<Record<string, unknown>>)['quantization_config']
  if (own == null) return
  const { quant_method: method, load_in_4bit: four, load_in_8bit: eight } = own as Readonly<Record<string, unknown>>
  const found = typeof method === 'string' ? method : four || eight ? 'bitsandbytes' : 'an unknown method'
  throw new InputError(
    `${path}:quantization_config`,
    `weights quantised by ${found}`,
    'the model before it was quantised (fp32, fp16 or bf16); model.weights packs it here',
  )
}

/** The keys under the names that the architecture's rules have for them. */
function withOwnNames(path: string, { aliases }: ConfigRules, content: object): object {
  const own: Record<string, unknown> = { ...content }
  for (const [alias, name] of Object.entries(aliases)) {
    if (!Object.hasOwn(own, alias)) continue
    if (Object.hasOwn(own, name) && own[name] !== own[alias]) {
      throw new InputError(`${path}:${alias}`, JSON.stringify(own[alias]), `${name}, which is ${JSON.stringify(own[name])} here`)
    }
    own[name] = own[alias]
    delete own[alias]
  }
  return own
}

function refuseUnknown(path: string, modelType: string, { entries, ignored }: ConfigRules, content: object): void {
  const known = new Set([
    'model_type',
    'quantization_config',
    ...Object.keys({ ...commonEntries, ...entries }),
    ...COMMON_IGNORED,
    ...ignored,
  ])
  const strange = Object.entries(content).find(([key, value]) => !known.has(key) && !saysNothing(value))
  if (!strange) return
  const [key, value] = strange
  const found = JSON.stringify(value).slice(0, 80)
  throw new InputError(`${path}:${key}`, found, `no such key in a ${modelType}: what it changes is not known here; leave it out if nothing`)
}

function checked<S extends v.ObjectSchema<v.ObjectEntries, undefined>>(path: string, schema: S, content: object): v.InferOutput<S> {
  const result = v.safeParse(schema, content)
  if (result.success) return result.output
  const [issue] = result.issues
  const key = v.getDotPath(issue) ?? ''
  const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
  throw new InputError(`${path}:${key}`, found, issue.input === undefined ? expectedOf(schema, key) : issue.message)
}

function ownConfig(path: string, rules: ConfigRules, file: object): OwnConfig {
  try {
    return rules.toConfig(file as never)
  } catch (error) {
    if (error instanceof Misfit) throw new InputError(`${path}:${error.key}`, error.found, error.expected)
    throw error
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

/** Returns the expected value of a required key, because the schema reports an absent key without asking the key's own rule. */
function expectedOf(schema: v.ObjectSchema<v.ObjectEntries, undefined>, key: string): string {
  const rule = Object.entries(schema.entries).find(([name]) => name === key)?.[1] as v.GenericSchema | undefined
  const [issue] = (rule && v.safeParse(rule, undefined).issues) ?? []
  return issue?.message ?? 'a value'
}
