/** Special and added tokens by what tokenizer_config.json, special_tokens_map.json and added_tokens.json say of them. */
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { DEFAULT_TOKENS, type TokenizerClass } from './tokenizer-class.ts'

const NAMES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const
export type SpecialName = (typeof NAMES)[number]

/** An entry of `added_tokens`; the flags are as in the library. */
interface AddedToken {
  readonly id: number
  readonly content: string
  readonly single_word: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

/** tokenizer.json as it is, as far as the lab looks into it. */
export interface TokenizerFile {
  added_tokens?: AddedToken[]
  normalizer?: Record<string, unknown> | null
  pre_tokenizer?: Record<string, unknown> | null
  truncation?: { readonly direction?: string } | null
  padding?: { readonly pad_id?: number; readonly pad_token?: string } | null
  model: { vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[]; unk_token?: string | null }
}

type JsonObject = Readonly<Record<string, unknown>>
/** A token as a key has it: its text, and its flags where the key tells them. */
type Token = Partial<AddedToken> & { readonly content: string }

export interface TokenSources {
  readonly directory: string
  /** tokenizer_config.json; null where there is none. */
  readonly config: JsonObject | null
  /** special_tokens_map.json and added_tokens.json; empty where there are none. */
  readonly specialTokens: JsonObject
  readonly addedTokens: JsonObject
  /** The class with which transformers would load the tokenizer. */
  readonly class: TokenizerClass
}

const FLAGS = ['single_word', 'lstrip', 'rstrip', 'normalized', 'special'] as const
const TOKEN = 'the text of a token, or an object with its content and flags'

/** The tokens that are named, whether the tokenizer has them or not. null: named as none. */
export function namedTokens({ directory, config, specialTokens }: TokenSources): Partial<Record<SpecialName, Token | null>> {
  const named: Partial<Record<SpecialName, Token | null>> = {}
  for (const [file, keys] of sources(config, specialTokens)) {
    for (const name of NAMES) if (keys[name] !== undefined) named[name] = tokenOf(keys[name], `${join(directory, file)}:${name}`)
  }
  return named
}

/** The texts of special tokens: as they are named, or else what the class has by itself. null: named as none. */
export function tokenNames(from: TokenSources): Partial<Record<SpecialName, string | null>> {
  const { name, family } = from.class
  const usual = name !== null && family ? DEFAULT_TOKENS[family] : {}
  return { ...usual, ...Object.fromEntries(Object.entries(namedTokens(from)).map(([key, token]) => [key, token?.content ?? null])) }
}

/**
 * Puts tokens of the other files into `added_tokens` of tokenizer.json, as transformers adds them to the library's tokenizer: what
 * `added_tokens_decoder` says wins, and what is only named is added.
 * @throws InputError where two files give a token different ids
 */
export function addTokens(file: TokenizerFile, from: TokenSources): void {
  const { directory, config, addedTokens } = from
  const added = new Map((file.added_tokens ?? []).map((token) => [token.content, token]))
  const vocabulary = idsOf(file.model.vocab)
  // New tokens are numbered as the library numbers them.
  const next = (): number => Math.max(vocabulary.size, 1 + [...added.values()].reduce((most, { id }) => Math.max(most, id), -1))
  const add = (token: Token, where: string): void => {
    const known = added.get(token.content)?.id ?? vocabulary.of(token.content)
    const id = token.id ?? known ?? next()
    if (known !== undefined && id !== known)
      throw new InputError(where, `id ${id} for ${JSON.stringify(token.content)}`, `${known}, as in tokenizer.json`)
    if (known === undefined && id !== next()) throw new InputError(where, `id ${id} for a new token`, `${next()}, the next one`)
    const { normalized = token.special !== true, special = false, single_word = false, lstrip = false, rstrip = false } = token
    added.set(token.content, { id, content: token.content, single_word, lstrip, rstrip, normalized, special })
  }
  const where = (name: string, key: string): string => `${join(directory, name)}:${key}`
  const decoder = config?.['added_tokens_decoder']
  if (decoder !== undefined) {
    const entries = Object.entries(objectOf(decoder, where('tokenizer_config.json', 'added_tokens_decoder')))
    for (const [id, token] of entries.sort(([a], [b]) => Number(a) - Number(b))) {
      const place = where('tokenizer_config.json', `added_tokens_decoder["${id}"]`)
      const own = tokenOf(token, place)
      if (own === null || !/^\d+$/.test(id)) throw new InputError(place, JSON.stringify(token), TOKEN)
      add({ ...own, id: Number(id) }, place)
    }
  } else {
    for (const [content, id] of Object.entries(addedTokens).sort(([, a], [, b]) => Number(a) - Number(b))) {
      const place = where('added_tokens.json', content)
      if (!Number.isSafeInteger(id)) throw new InputError(place, JSON.stringify(id), 'the id of a token')
      const own = added.get(content)
      add({ ...own, content, id: id as number, special: own?.special ?? isNamed(content, from) }, place)
    }
  }
  for (const [token, place] of allSpecial(from)) {
    if (!added.has(token.content)) add({ ...token, special: true, normalized: token.normalized ?? false }, place)
  }
  for (const content of Object.values(tokenNames(from))) {
    // A token of the class that the vocabulary lacks never occurs.
    if (content !== null && !added.has(content) && vocabulary.of(content) !== undefined)
      add({ content, special: true, normalized: false }, directory)
  }
  file.added_tokens = [...added.values()].sort((a, b) => a.id - b.id)
}

/** Named ones and further ones, each with the place where it is named. */
function allSpecial(from: TokenSources): (readonly [Token, string])[] {
  const { directory, config, specialTokens: map } = from
  const named = Object.entries(namedTokens(from)).flatMap(([name, token]) => (token ? [[token, `${directory}: ${name}`] as const] : []))
  const further = sources(config, map).flatMap(([file, keys]) =>
    ['additional_special_tokens', 'extra_special_tokens'].flatMap((key) => {
      const place = `${join(directory, file)}:${key}`
      const listed = keys[key] ?? []
      if (typeof listed !== 'object') throw new InputError(place, JSON.stringify(listed), 'a list of tokens')
      return Object.values(listed as object).flatMap((token) => {
        const own = tokenOf(token, place)
        return own ? [[own, place] as const] : []
      })
    }),
  )
  return [...named, ...further]
}

/** Lists the sources of special tokens, of which later ones win; the map is read where the config doesn't list its tokens. */
function sources(config: JsonObject | null, specialTokens: JsonObject): (readonly [file: string, keys: JsonObject])[] {
  const own = ['tokenizer_config.json', config ?? {}] as const
  return config?.['added_tokens_decoder'] === undefined ? [own, ['special_tokens_map.json', specialTokens]] : [own]
}

function isNamed(content: string, from: TokenSources): boolean {
  return allSpecial(from).some(([token]) => token.content === content)
}

function tokenOf(value: unknown, where: string): Token | null {
  if (value === null) return null
  if (typeof value === 'string') return { content: value }
  const { content, ...rest } = objectOf(value, where)
  if (typeof content !== 'string') throw new InputError(where, JSON.stringify(value), TOKEN)
  const flags = FLAGS.flatMap((flag) => {
    const set = rest[flag]
    if (set === undefined) return []
    if (typeof set !== 'boolean') throw new InputError(`${where}.${flag}`, JSON.stringify(set), 'true or false')
    return [[flag, set]]
  })
  return { content, ...(Object.fromEntries(flags) as Partial<AddedToken>) }
}

function objectOf(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new InputError(where, JSON.stringify(value), TOKEN)
}

function idsOf(vocab: TokenizerFile['model']['vocab']): { of(content: string): number | undefined; readonly size: number } {
  if (Array.isArray(vocab)) {
    const ids = new Map((vocab as readonly (readonly [string, number])[]).map(([content], id) => [content, id]))
    return { of: (content) => ids.get(content), size: vocab.length }
  }
  const ids = vocab as Readonly<Record<string, number>>
  return { of: (content) => (Object.hasOwn(ids, content) ? ids[content] : undefined), size: Object.keys(ids).length }
}
