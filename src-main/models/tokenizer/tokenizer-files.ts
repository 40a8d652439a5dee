/** The files of a model directory that make a tokenizer, checked as far as the lab relies on them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { readJsonObject } from '../safetensors/json-file.ts'
import type { TokenizerFile, TokenSources } from './special-tokens.ts'
import { tokenizerClass } from './tokenizer-class.ts'
import { vocabularyFile } from './vocabulary-file.ts'

const MAXIMUM_TOKENIZER_BYTES = 100 * 2 ** 20
const MAXIMUM_CONFIG_BYTES = 10 * 2 ** 20
const MAXIMUM_TOKEN_ID = 10_000_000

const tokenId = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAXIMUM_TOKEN_ID))
const part = v.nullish(v.looseObject({ type: v.string() }))
// v.record is not used because it drops keys such as "constructor", which are words.
const vocabulary = v.custom<Record<string, number>>(isVocabulary)
const dropout = v.nullish(v.literal(0, 'no dropout: rows are cut into the same tokens every time'))

const models = {
  WordPiece: v.looseObject({ vocab: vocabulary }),
  BPE: v.looseObject({ vocab: vocabulary, merges: v.array(v.union([v.string(), v.array(v.string())])), dropout }),
  Unigram: v.looseObject({ vocab: v.array(v.tuple([v.string(), v.number()])) }),
  WordLevel: v.looseObject({ vocab: vocabulary }),
}

const KINDS = Object.keys(models) as (keyof typeof models)[]
const PURPOSE = `a Hugging Face tokenizer with a ${KINDS.join(', ')} model`

const TokenizerFile = v.looseObject({
  added_tokens: v.optional(v.array(v.looseObject({ id: tokenId, content: v.pipe(v.string(), v.nonEmpty()) }))),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  model: v.looseObject({}),
})

type JsonObject = Readonly<Record<string, unknown>>

export interface TokenizerFiles extends TokenSources {
  /** The path of tokenizer.json, or of the file it was made from, for messages. */
  readonly path: string
  readonly kind: keyof typeof models
  readonly file: TokenizerFile
}

/** @throws InputError where they can't be used */
export function readTokenizerFiles(directory: string): TokenizerFiles {
  const optional = (name: string, purpose: string): JsonObject | null => {
    const path = join(directory, name)
    return existsSync(path) ? (readJsonObject(path, MAXIMUM_CONFIG_BYTES, purpose) as JsonObject) : null
  }
  const config = optional('tokenizer_config.json', 'the config of a Hugging Face tokenizer')
  const model = optional('config.json', 'the config of a Hugging Face model') ?? {}
  const sources: TokenSources = {
    directory,
    config,
    specialTokens: optional('special_tokens_map.json', 'the special tokens of a Hugging Face tokenizer') ?? {},
    addedTokens: optional('added_tokens.json', 'tokens that were added to a Hugging Face tokenizer') ?? {},
    class: tokenizerClass(config ?? {}, model),
  }
  const whole = join(directory, 'tokenizer.json')
  const { path, file } = existsSync(whole)
    ? { path: whole, file: readJsonObject(whole, MAXIMUM_TOKENIZER_BYTES, PURPOSE) }
    : vocabularyFile(sources)
  parse(TokenizerFile, path, file)
  const inside = (file as TokenizerFile).model as Record<string, unknown>
  const kind = kindOf(path, inside)
  parse(v.looseObject({ model: models[kind] }), path, file)
  return {
    ...sources,
    path,
    kind,
    // Early files have no type.
    file: { ...(file as TokenizerFile), model: { ...inside, type: kind } as unknown as TokenizerFile['model'] },
  }
}

function kindOf(path: string, { type, vocab, merges }: Record<string, unknown>): keyof typeof models {
  const kind = type ?? (merges ? 'BPE' : Array.isArray(vocab) ? 'Unigram' : 'WordPiece')
  const known = KINDS.find((name) => name === kind)
  if (known) return known
  throw new InputError(`${path}:model.type`, JSON.stringify(kind), PURPOSE)
}

function parse(schema: v.GenericSchema, path: string, content: unknown): void {
  const result = v.safeParse(schema, content, { abortEarly: true })
  if (result.success) return
  const [issue] = result.issues
  const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
  const expected = issue.message.startsWith('Invalid') ? PURPOSE : issue.message
  throw new InputError(`${path}:${v.getDotPath(issue)}`, found.length > 80 ? `${found.slice(0, 77)}...` : found, expected)
}

function isVocabulary(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((id) => v.is(tokenId, id))
}
