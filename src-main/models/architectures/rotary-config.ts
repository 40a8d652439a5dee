/**
 * Reads rotary position embeddings from `config.json`: `rope_theta` and `rope_scaling`, or both in `rope_parameters` (transformers 5). A
 * `rope_scaling` that says something overrides `rope_parameters`, as in transformers.
 */
import * as v from 'valibot'
import { Misfit, only, positive, saysNothing } from '../config-rules.ts'
import type { RotaryConfig } from '../model-config.ts'

const sectionRule = v.nullish(v.record(v.string(), v.unknown(), 'an object with rope_type'))

export const rotaryEntries = {
  rope_theta: v.optional(positive()),
  rope_scaling: sectionRule,
  rope_parameters: sectionRule,
  partial_rotary_factor: only(1, '1: rotations of part of a head are not supported'),
}

const count = v.nullish(positive())

/** Keys of `rope_scaling` and `rope_parameters`. */
export const ropeEntries = {
  rope_type: v.nullish(v.string('default, linear, dynamic, llama3 or yarn')),
  type: v.nullish(v.string('default, linear, dynamic, llama3 or yarn')),
  rope_theta: count,
  factor: count,
  original_max_position_embeddings: count,
  low_freq_factor: count,
  high_freq_factor: count,
  beta_fast: v.nullish(v.number('a number')),
  beta_slow: v.nullish(v.number('a number')),
  attention_factor: count,
  mscale: v.nullish(v.number('a number')),
  mscale_all_dim: v.nullish(v.number('a number')),
  truncate: v.optional(v.boolean('true or false'), true),
  partial_rotary_factor: rotaryEntries.partial_rotary_factor,
}

/** Keys of the rotary settings that change nothing. */
export const ROPE_IGNORED = ['finetuned']

export interface RotaryKeys {
  readonly rope_theta?: number | undefined
  readonly rope_scaling?: object | null | undefined
  readonly rope_parameters?: object | null | undefined
  readonly max_position_embeddings: number
}

export function rotaryConfig(file: RotaryKeys): RotaryConfig {
  const section = saysNothing(file.rope_scaling) ? 'rope_parameters' : 'rope_scaling'
  const own = checkedSection(section, file[section] ?? {})
  const needed = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    if (own[name] == null) throw new Misfit(`${section}.${name}`, 'missing', 'a number above 0')
    return own[name]
  }
  const theta = own.rope_theta ?? file.rope_theta ?? 10_000
  if (own.type && own.rope_type && own.type !== own.rope_type) {
    throw new Misfit(`${section}.type`, JSON.stringify(own.type), `rope_type, which is ${JSON.stringify(own.rope_type)} here`)
  }
  const kind = own.rope_type ?? own.type ?? 'default'
  const original = own.original_max_position_embeddings ?? file.max_position_embeddings
  switch (kind) {
    case 'default':
    // The type only stretches texts beyond max_position_embeddings, which never occur here.
    case 'dynamic':
      return { theta, scaling: { kind: 'none' } }
    case 'linear':
      return { theta, scaling: { kind, factor: needed('factor') } }
    case 'llama3': {
      const [lowFactor, highFactor] = [needed('low_freq_factor'), needed('high_freq_factor')]
      return { theta, scaling: { kind, factor: needed('factor'), lowFactor, highFactor, original } }
    }
    case 'yarn': {
      const factor = own.factor ?? file.max_position_embeddings / original
      const length = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
      const usual = own.mscale && own.mscale_all_dim ? length(own.mscale) / length(own.mscale_all_dim) : length(1)
      return {
        theta,
        scaling: {
          kind,
          factor,
          // 0 means the usual value, as null does.
          betaFast: own.beta_fast || 32,
          betaSlow: own.beta_slow || 1,
          original,
          attentionFactor: own.attention_factor ?? usual,
          whole: own.truncate,
        },
      }
    }
    default:
      throw new Misfit(`${section}.rope_type`, JSON.stringify(kind), 'default, dynamic, linear, llama3 or yarn')
  }
}

function checkedSection(section: string, content: object): v.InferOutput<v.ObjectSchema<typeof ropeEntries, undefined>> {
  const strange = Object.entries(content).find(
    ([key, value]) => !Object.hasOwn(ropeEntries, key) && !ROPE_IGNORED.includes(key) && !saysNothing(value),
  )
  if (strange) {
    const [key, value] = strange
    throw new Misfit(`${section}.${key}`, JSON.stringify(value).slice(0, 80), `only ${Object.keys(ropeEntries).join(', ')}`)
  }
  const result = v.safeParse(v.object(ropeEntries), content)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new Misfit(`${section}.${v.getDotPath(issue)}`, JSON.stringify(issue.input), issue.message)
}
