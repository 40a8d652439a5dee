/** What values `config.json` may have, for the architectures to build their own rules from. */
import * as v from 'valibot'
import { nearest } from '#shared/scenario/nearest.ts'
import type { Activation } from '#main/engine/operators/activations.ts'
import type { ModelConfig } from './model-config.ts'

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

/** A key whose other values mean another arithmetic: refused, not ignored. */
export const only = <const T extends string | boolean | number>(value: T, expected: string) => v.nullish(v.literal(value, expected), value)

/** Hugging Face's names of the same functions. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_new',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_fast: 'gelu_new',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
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

/** Keys that every architecture reads alike. */
export const commonEntries = {
  architectures: v.nullish(v.array(v.string('a list of class names'), 'a list of class names'), []),
  initializer_range: v.optional(fraction(), 0.02),
  id2label: v.nullish(v.record(v.string(), v.string('a label name'), 'an object from "0", "1", ... to label names')),
  num_labels: v.nullish(whole(1, MAXIMUM_LABELS)),
}

/** What an architecture makes of its own keys; the common ones are added. */
export type OwnConfig = Omit<ModelConfig, 'modelType' | 'architectures' | 'initializerRange' | 'labels' | 'labelCount'>

export interface ConfigRules {
  readonly entries: v.ObjectEntries
  /** @throws Misfit for keys that don't go together */
  toConfig(file: never): OwnConfig
}

/** @param toConfig from the checked keys */
export function configRules<const E extends v.ObjectEntries>(
  entries: E,
  toConfig: (file: v.InferOutput<v.ObjectSchema<E, undefined>>) => OwnConfig,
): ConfigRules {
  return { entries, toConfig: toConfig as (file: never) => OwnConfig }
}

/** Keys that don't go together. */
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
