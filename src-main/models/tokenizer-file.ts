/** `tokenizer.json` and `tokenizer_config.json` of a Hugging Face model directory, checked as far as the lab relies on them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '#shared/errors/input-error.ts'
import { readJsonObject } from './safetensors/json-file.ts'

const MAXIMUM_TOKENIZER_BYTES = 100 * 2 ** 20
const MAXIMUM_TOKEN_ID = 10_000_000

const tokenId = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAXIMUM_TOKEN_ID))
const part = v.nullish(v.looseObject({ type: v.string() }), null)
// Not v.record: it drops keys such as "constructor", which are words.
const vocabulary = v.custom<Record<string, number>>(isVocabulary)

const models = {
  WordPiece: v.looseObject({
    type: v.literal('WordPiece'),
    unk_token: v.optional(v.string(), '[UNK]'),
    continuing_subword_prefix: v.optional(v.string(), '##'),
    vocab: vocabulary,
  }),
  BPE: v.looseObject({ type: v.literal('BPE'), vocab: vocabulary, merges: v.array(v.union([v.string(), v.array(v.string())])) }),
  Unigram: v.looseObject({ type: v.literal('Unigram'), vocab: v.array(v.tuple([v.string(), v.number()])) }),
}

const KINDS = Object.keys(models)
const PURPOSE = `a Hugging Face tokenizer with a ${KINDS.join(', ')} model`

const TokenizerFile = v.looseObject({
  added_tokens: v.optional(v.array(v.looseObject({ id: tokenId, content: v.pipe(v.string(), v.nonEmpty()) })), []),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  decoder: part,
  model: v.pipe(v.looseObject({}), v.transform(withType), v.variant('type', [models.WordPiece, models.BPE, models.Unigram])),
})

/** In tokenizer_config.json a special token is its text or an object with it. */
const specialToken = v.nullish(
  v.union([
    v.string(),
    v.pipe(
      v.looseObject({ content: v.string() }),
      v.transform(({ content }) => content),
    ),
  ]),
)

const SIDE = 'left or right'
const TokenizerConfigFile = v.looseObject({
  do_lower_case: v.nullish(v.boolean()),
  truncation_side: v.nullish(v.picklist(['left', 'right'], SIDE), 'right'),
  padding_side: v.nullish(v.picklist(['left', 'right'], SIDE), 'right'),
  bos_token: specialToken,
  eos_token: specialToken,
  pad_token: specialToken,
  unk_token: specialToken,
  cls_token: specialToken,
  sep_token: specialToken,
  mask_token: specialToken,
})

export interface TokenizerFiles {
  /** Of tokenizer.json, for messages. */
  readonly path: string
  readonly file: v.InferOutput<typeof TokenizerFile>
  readonly config: v.InferOutput<typeof TokenizerConfigFile>
}

/** @throws InputError where they can't be used */
export function readTokenizerFiles(directory: string): TokenizerFiles {
  const path = join(directory, 'tokenizer.json')
  const configPath = join(directory, 'tokenizer_config.json')
  const file = parse(TokenizerFile, path, PURPOSE)
  const config = existsSync(configPath)
    ? parse(TokenizerConfigFile, configPath, 'the config of a Hugging Face tokenizer')
    : v.parse(TokenizerConfigFile, {})
  checkCase(configPath, config.do_lower_case ?? null, file.normalizer)
  return { path, file, config }
}

/** The highest token id. */
export function highestId({ model, added_tokens: added }: TokenizerFiles['file']): number {
  let highest = model.type === 'Unigram' ? model.vocab.length - 1 : 0
  if (model.type !== 'Unigram') for (const id of Object.values(model.vocab)) highest = Math.max(highest, id)
  for (const { id } of added) highest = Math.max(highest, id)
  return highest
}

/** Early files have no type. */
function withType(model: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { type, vocab, merges } = model
  return { ...model, type: type ?? (merges ? 'BPE' : Array.isArray(vocab) ? 'Unigram' : 'WordPiece') }
}

function parse<T extends v.GenericSchema>(schema: T, path: string, purpose: string): v.InferOutput<T> {
  const content = v.safeParse(schema, readJsonObject(path, MAXIMUM_TOKENIZER_BYTES, purpose), { abortEarly: true })
  if (content.success) return content.output
  const [issue] = content.issues
  const found = issue.input === undefined ? 'missing' : JSON.stringify(issue.input)
  throw new InputError(`${path}:${v.getDotPath(issue)}`, found.length > 80 ? `${found.slice(0, 77)}...` : found, purpose)
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
