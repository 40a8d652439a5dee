/** `config.json` of a Hugging Face model directory: what decides the shapes and the arithmetic of the model, checked. */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { architectures } from './architectures/index.ts'
import { type ConfigRules, MAXIMUM_LABELS, Misfit, type OwnConfig, commonEntries, oneOf } from './config-rules.ts'
import type { ModelConfig } from './model-config.ts'
import { readJsonObject } from './safetensors/json-file.ts'

/** What `model_type` may be. */
export const MODEL_TYPES = Object.keys(architectures)

const MAXIMUM_CONFIG_BYTES = 10 * 2 ** 20

const WithType = v.object({
  model_type: v.picklist(MODEL_TYPES, ({ input }) => oneOf(MODEL_TYPES, input)),
})

/** Reads and checks `config.json` under `directory`; throws InputError naming the key that is wrong. */
export function readConfig(directory: string): ModelConfig {
  const path = join(directory, 'config.json')
  const content = readJsonObject(path, MAXIMUM_CONFIG_BYTES, 'the config of a Hugging Face model')
  const { model_type: modelType } = checked(path, WithType, content)
  const rules: ConfigRules = architectures[modelType]!.config
  const file = checked(path, v.object(commonEntries), content)
  const own = ownConfig(path, rules, checked(path, v.object(rules.entries), content))

  if (own.padTokenId >= own.vocabularySize) {
    throw new InputError(`${path}:pad_token_id`, `${own.padTokenId}`, `less than vocab_size ${own.vocabularySize}`)
  }
  const labels = orderedLabels(path, file.id2label ?? null)
  if (labels !== null && file.num_labels != null && file.num_labels !== labels.length) {
    throw new InputError(`${path}:num_labels`, `${file.num_labels}`, `${labels.length}, as many as id2label has`)
  }
  return {
    modelType,
    architectures: file.architectures,
    ...own,
    initializerRange: file.initializer_range,
    labels,
    labelCount: labels?.length ?? file.num_labels ?? null,
  }
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

/** What a required key should be; the schema reports an absent one without asking the key's own rule. */
function expectedOf(schema: v.ObjectSchema<v.ObjectEntries, undefined>, key: string): string {
  const rule = Object.entries(schema.entries).find(([name]) => name === key)?.[1] as v.GenericSchema | undefined
  const [issue] = (rule && v.safeParse(rule, undefined).issues) ?? []
  return issue?.message ?? 'a value'
}
