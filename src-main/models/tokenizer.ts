/**
 * `tokenizer.json` of a Hugging Face model directory: text to token ids. The work is @huggingface/tokenizers'; here are the checks that
 * give a wrong file a clear message, and the frame [CLS] ... [SEP] with its truncation.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import type { ModelConfig } from './model-config.ts'
import { readJsonObject } from './safetensors/json-file.ts'

const MAXIMUM_TOKENIZER_BYTES = 100 * 2 ** 20
const MAXIMUM_TOKEN_ID = 10_000_000

const tokenId = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAXIMUM_TOKEN_ID))

const TokenizerFile = v.looseObject({
  added_tokens: v.optional(v.array(v.looseObject({ id: tokenId, content: v.pipe(v.string(), v.nonEmpty()) })), []),
  normalizer: v.nullish(v.looseObject({ type: v.string() }), null),
  pre_tokenizer: v.nullish(v.looseObject({ type: v.string() }), null),
  post_processor: v.nullish(v.looseObject({ type: v.string() }), null),
  decoder: v.nullish(v.looseObject({ type: v.string() }), null),
  model: v.looseObject({
    // Early files have no type; a vocabulary object without merges is WordPiece.
    type: v.optional(v.literal('WordPiece'), 'WordPiece'),
    unk_token: v.optional(v.string(), '[UNK]'),
    continuing_subword_prefix: v.optional(v.string(), '##'),
    // Not v.record: it drops keys such as "constructor", which are words.
    vocab: v.custom<Record<string, number>>(isVocabulary),
  }),
})

/** In tokenizer_config.json a special token is its text or an object with it. */
const specialToken = (usual: string) =>
  v.nullish(
    v.union([
      v.string(),
      v.pipe(
        v.looseObject({ content: v.string() }),
        v.transform(({ content }) => content),
      ),
    ]),
    usual,
  )

const TokenizerConfigFile = v.looseObject({
  do_lower_case: v.nullish(v.boolean()),
  pad_token: specialToken('[PAD]'),
  unk_token: specialToken('[UNK]'),
  cls_token: specialToken('[CLS]'),
  sep_token: specialToken('[SEP]'),
  mask_token: specialToken('[MASK]'),
})

export interface Tokenizer {
  /** One more than the highest token id. */
  readonly vocabularySize: number
  readonly padId: number
  readonly unkId: number
  readonly clsId: number
  readonly sepId: number
  readonly maskId: number
  /** Token ids of `text` between [CLS] and [SEP], cut to `maxLength` (at least 2) tokens in all. */
  encode(text: string, maxLength: number): Int32Array
}

/** Reads tokenizer.json and, if present, tokenizer_config.json under `directory`; throws InputError where they can't be used. */
export function loadTokenizer(directory: string): Tokenizer {
  const path = join(directory, 'tokenizer.json')
  const configPath = join(directory, 'tokenizer_config.json')
  const file = parse(TokenizerFile, path, 'a Hugging Face tokenizer with a WordPiece model')
  const config = existsSync(configPath)
    ? parse(TokenizerConfigFile, configPath, 'the config of a Hugging Face tokenizer')
    : v.parse(TokenizerConfigFile, {})
  checkCase(configPath, config.do_lower_case ?? null, file.normalizer)

  let tokenizer: HuggingFaceTokenizer
  try {
    tokenizer = new HuggingFaceTokenizer(file, config)
  } catch (cause) {
    throw new InputError(path, (cause as Error).message, 'a tokenizer made of supported parts', { cause })
  }
  const idOf = (token: string): number => {
    const id = tokenizer.token_to_id(token)
    if (id === undefined) throw new InputError(path, `no token ${token}`, 'a vocabulary with the special tokens of tokenizer_config.json')
    return id
  }
  const clsId = idOf(config.cls_token)
  const sepId = idOf(config.sep_token)
  return {
    vocabularySize: 1 + highestId(file),
    padId: idOf(config.pad_token),
    unkId: idOf(config.unk_token),
    clsId,
    sepId,
    maskId: idOf(config.mask_token),
    encode(text, maxLength) {
      if (!Number.isSafeInteger(maxLength) || maxLength < 2) throw new RangeError(`maxLength ${maxLength}`)
      const { ids } = tokenizer.encode(text, { add_special_tokens: false })
      const inner = Math.min(ids.length, maxLength - 2)
      const framed = new Int32Array(inner + 2)
      framed[0] = clsId
      for (let i = 0; i < inner; i++) framed[i + 1] = ids[i] as number
      framed[inner + 1] = sepId
      return framed
    },
  }
}

/** Checks that every token id has a row in the word embedding table; a table with spare rows is fine. */
export function checkVocabulary(directory: string, tokenizer: Tokenizer, config: ModelConfig): void {
  if (tokenizer.vocabularySize <= config.vocabularySize) return
  throw new InputError(
    join(directory, 'tokenizer.json'),
    `token ids up to ${tokenizer.vocabularySize - 1}`,
    `ids below vocab_size ${config.vocabularySize} of config.json`,
  )
}

function parse<T extends v.GenericSchema>(schema: T, path: string, purpose: string): v.InferOutput<T> {
  const content = v.safeParse(schema, readJsonObject(path, MAXIMUM_TOKENIZER_BYTES, purpose), { abortEarly: true })
  if (content.success) return content.output
  const [issue] = content.issues
  const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
  throw new InputError(`${path}:${v.getDotPath(issue)}`, found, purpose)
}

/** The normaliser decides; a config that says otherwise would make other tools give other ids, so it is refused. */
function checkCase(path: string, lowerCase: boolean | null, normalizer: Readonly<Record<string, unknown>> | null): void {
  if (lowerCase === null || normalizer?.['type'] !== 'BertNormalizer') return
  const lowercase = normalizer['lowercase'] === true
  if (lowerCase !== lowercase) {
    throw new InputError(`${path}:do_lower_case`, `${lowerCase}`, `${lowercase}, as the normalizer of tokenizer.json does`)
  }
}

function isVocabulary(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((id) => v.is(tokenId, id))
}

function highestId(file: v.InferOutput<typeof TokenizerFile>): number {
  let highest = 0
  for (const id of Object.values(file.model.vocab)) highest = Math.max(highest, id)
  for (const { id } of file.added_tokens) highest = Math.max(highest, id)
  return highest
}
