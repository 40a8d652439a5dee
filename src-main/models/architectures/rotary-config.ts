/** How `config.json` says rotary position embeddings: `rope_theta` and `rope_scaling`, or both in `rope_parameters`. */
import * as v from 'valibot'
import { Misfit, positive } from '../config-rules.ts'
import type { RotaryConfig } from '../model-config.ts'

const scaling = v.nullish(v.looseObject({}, 'an object with rope_type'))

export const rotaryEntries = {
  rope_theta: v.nullish(positive()),
  rope_scaling: scaling,
  rope_parameters: scaling,
}

interface RotaryKeys {
  readonly rope_theta?: number | null | undefined
  readonly rope_scaling?: object | null | undefined
  readonly rope_parameters?: object | null | undefined
  readonly max_position_embeddings: number
}

export function rotaryConfig(file: RotaryKeys, usualTheta: number): RotaryConfig {
  const key = file.rope_parameters ? 'rope_parameters' : 'rope_scaling'
  const own = (file[key] ?? {}) as Readonly<Record<string, unknown>>
  const number = (name: string, fallback?: number): number => {
    const value = own[name] ?? fallback
    if (typeof value === 'number' && value > 0) return value
    throw new Misfit(`${key}.${name}`, value === undefined ? 'missing' : JSON.stringify(value), 'a number above 0')
  }
  const theta = number('rope_theta', file.rope_theta ?? usualTheta)
  const kind = (own['rope_type'] ?? own['type'] ?? 'default') as 'default' | 'dynamic' | 'linear' | 'llama3' | 'yarn' | 'other'
  const original = (): number => number('original_max_position_embeddings', file.max_position_embeddings)
  switch (kind) {
    case 'default':
    // Stretches texts beyond max_position_embeddings alone, and there are none here.
    case 'dynamic':
      return { theta, scaling: { kind: 'none' } }
    case 'linear':
      return { theta, scaling: { kind, factor: number('factor') } }
    case 'llama3':
      return {
        theta,
        scaling: {
          kind,
          factor: number('factor'),
          lowFactor: number('low_freq_factor'),
          highFactor: number('high_freq_factor'),
          original: original(),
        },
      }
    case 'yarn': {
      const factor = number('factor')
      return {
        theta,
        scaling: {
          kind,
          factor,
          betaFast: number('beta_fast', 32),
          betaSlow: number('beta_slow', 1),
          original: original(),
          attentionFactor: number('attention_factor', factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1),
        },
      }
    }
    default:
      throw new Misfit(`${key}.rope_type`, JSON.stringify(kind), 'default, dynamic, linear, llama3 or yarn')
  }
}
