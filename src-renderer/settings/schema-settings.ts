/** Reads every setting of a scenario from its schema: its meaning, its values and its default. */

type Key = string | number

/** The part of JSON schema that the scenario's uses. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly enum?: readonly (string | number)[]
  readonly const?: string
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
}

type SettingKind = 'number' | 'flag' | 'choice' | 'words' | 'list' | 'text' | 'kind' | 'part'

export interface Setting {
  readonly keys: readonly Key[]
  /** The path of the setting: `method.adam.beta1`. */
  readonly path: string
  readonly description: string
  readonly kind: SettingKind
  /** The options of choices, words and kinds. */
  readonly options: readonly (string | number)[]
  /** The value that holds where none is given; undefined if there is none. */
  readonly fallback: unknown
  /** True if the setting may be left out. */
  readonly optional: boolean
}

/** Lists of objects have editors of their own. @param value of the scenario as far as it is written: it says which kinds are chosen */
export function settingsOf(schema: Schema, value: unknown, keys: readonly Key[] = [], optional = false): Setting[] {
  const { description = '', default: fallback } = schema
  const setting = (kind: SettingKind, options: Setting['options'] = []): Setting => ({
    keys,
    path: keys.join('.'),
    description,
    kind,
    options,
    fallback,
    optional,
  })
  const fields = (of: Schema, given: unknown, without: readonly string[] = []): Setting[] =>
    Object.entries(of.properties ?? {})
      .filter(([key]) => !without.includes(key))
      .flatMap(([key, field]) =>
        settingsOf(field, (given as Record<string, unknown> | undefined)?.[key], [...keys, key], !of.required?.includes(key)),
      )

  if (schema.oneOf) {
    const kinds = schema.oneOf.map(kindOf)
    const chosen =
      (value as { kind?: string } | undefined)?.kind ??
      (fallback === undefined ? undefined : ((fallback as { kind?: string }).kind ?? kinds[0]))
    const variant = schema.oneOf[kinds.indexOf(chosen ?? '')]
    return [setting('kind', kinds), ...(variant ? fields(variant, value ?? fallback, ['kind']) : [])]
  }
  if (schema.type === 'object') {
    if (!schema.properties) return []
    // A part that is off unless asked for, such as privacy.
    if (optional && fallback === undefined) return [setting('part'), ...(value === undefined ? [] : fields(schema, value))]
    return fields(schema, value ?? fallback)
  }
  if (schema.type === 'array') {
    if (schema.items?.enum) return [setting('words', schema.items.enum)]
    return schema.items?.type === 'string' ? [setting('list')] : []
  }
  if (schema.enum) return [setting('choice', schema.enum)]
  if (schema.type === 'boolean') return [setting('flag')]
  if (schema.type === 'integer' || schema.type === 'number') return [setting('number')]
  return [setting('text')]
}

function kindOf(variant: Schema): string {
  return variant.properties?.['kind']?.const ?? ''
}

/** Words that somebody typed with commas between; undefined for none. */
export function typedList(written: string): string[] | undefined {
  const words = written.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))
  return words.length === 0 ? undefined : words
}

/** Converts what somebody typed into a field that takes a text, a number or either: a number where it is one. */
export function typed(written: string): string | number | undefined {
  const trimmed = written.trim()
  if (trimmed === '') return undefined
  const number = Number(trimmed.replace(',', '.'))
  return Number.isFinite(number) ? number : trimmed
}
