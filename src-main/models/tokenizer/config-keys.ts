/**
 * Applies keys of tokenizer_config.json on top of tokenizer.json. Versions 4 and 5 of transformers differ in many of them: version 5 rebuilds the
 * normaliser and pre-tokeniser of some classes from the config, version 4 changes those of the file. Keys with the same effect in both are applied
 * here; keys that would give different tokens are refused by name, since nobody can tell which version trained the model.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { addTokens } from './special-tokens.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

/** `honoured`: it changes tokens, or rows, as in transformers. `checked`: tokenizer.json must say the same. `refused`: if set. `none`: no token depends on it. */
type KeyRule = 'honoured' | 'checked' | 'refused' | 'none'

/** Every key that transformers' own classes write or read; any other key changes no token, neither there nor here. */
export const CONFIG_KEYS: Readonly<Record<string, KeyRule>> = {
  tokenizer_class: 'honoured',
  do_lower_case: 'honoured',
  strip_accents: 'honoured',
  tokenize_chinese_chars: 'honoured',
  add_prefix_space: 'honoured',
  truncation_side: 'honoured',
  model_max_length: 'honoured',
  model_input_names: 'honoured',
  bos_token: 'honoured',
  eos_token: 'honoured',
  unk_token: 'honoured',
  sep_token: 'honoured',
  pad_token: 'honoured',
  cls_token: 'honoured',
  mask_token: 'honoured',
  additional_special_tokens: 'honoured',
  extra_special_tokens: 'honoured',
  added_tokens_decoder: 'honoured',
  add_bos_token: 'checked',
  add_eos_token: 'checked',
  keep_accents: 'checked',
  remove_space: 'checked',
  split_by_punct: 'checked',
  split_special_tokens: 'refused',
  from_slow: 'refused',
  fix_mistral_regex: 'refused',
  fast_tokenizer_files: 'refused',
  auto_map: 'refused',
  padding_side: 'none',
  pad_token_type_id: 'none',
  pad_to_multiple_of: 'none',
  max_length: 'none',
  stride: 'none',
  truncation_strategy: 'none',
  legacy: 'none',
  clean_up_tokenization_spaces: 'none',
  spaces_between_special_tokens: 'none',
  trim_offsets: 'none',
  errors: 'none',
  do_basic_tokenize: 'none',
  never_split: 'none',
  sp_model_kwargs: 'none',
  use_default_system_prompt: 'none',
  extra_ids: 'none',
  chat_template: 'none',
  tokenizer_file: 'none',
  name_or_path: 'none',
  special_tokens_map_file: 'none',
  backend: 'none',
  is_local: 'none',
  use_fast: 'none',
}

type Side = 'left' | 'right'

export interface Settings {
  readonly truncationSide: Side
  readonly maximumLength: number | null
  readonly givesTypes: boolean
}

/** The behaviour of a loaded tokenizer, for keys that tokenizer.json can express in many ways. */
export interface Probe {
  /** Returns the normalised form of a text, and the pieces that it is cut into before tokens are looked up. */
  normalised(text: string): string
  pieces(text: string): readonly string[]
  /** Ids of the special tokens around a text, without those of the text. */
  readonly before: readonly number[]
  readonly behind: readonly number[]
  idOf(token: string | null): number | null
}

/** Above, `model_max_length` says that there is no limit. */
const NO_LIMIT = 1e6
const BERT_KEYS = { do_lower_case: 'lowercase', strip_accents: 'strip_accents', tokenize_chinese_chars: 'handle_chinese_chars' } as const
const BERT_DEFAULTS = { do_lower_case: true, strip_accents: null, tokenize_chinese_chars: true } as const

/** Changes `files.file` to what the other files make of it. @throws InputError for a key that can't be done */
export function applyConfig(files: TokenizerFiles): Settings {
  refuse(files)
  applyCase(files)
  applyPrefixSpace(files)
  addTokens(files.file, files)
  const names = listKey(files, 'model_input_names')
  return {
    truncationSide: sideKey(files, 'truncation_side') ?? (files.file.truncation?.direction?.toLowerCase() === 'left' ? 'left' : 'right'),
    maximumLength: lengthKey(files),
    givesTypes: names === null ? files.class.givesTypes : names.includes('token_type_ids'),
  }
}

/** Compares what the loaded tokenizer does with keys that version 4 of transformers obeys and version 5 passes by, or the other way round. */
export function checkConfig(files: TokenizerFiles, probe: Probe): void {
  checkEnds(files, probe)
  checkPrefixSpace(files, probe)
  const { family, generic } = files.class
  const lower = booleanKey(files, 'do_lower_case')
  if (lower !== null && !generic && files.file.normalizer?.['type'] !== 'BertNormalizer') {
    const does = probe.normalised('A') === 'a'
    if (does !== lower) throw mismatch(files, 'do_lower_case', does)
  }
  const accents = booleanKey(files, 'keep_accents')
  if (accents !== null && accents !== (probe.normalised('é').normalize('NFC') === 'é')) throw mismatch(files, 'keep_accents', !accents)
  const remove = booleanKey(files, 'remove_space')
  if (remove !== null && remove !== (probe.normalised(' a  a ').trim() === probe.normalised('a a').trim()))
    throw mismatch(files, 'remove_space', !remove)
  const punct = booleanKey(files, 'split_by_punct')
  if (punct === true && probe.pieces('a.a').length < 3) throw mismatch(files, 'split_by_punct', false)
  if (family === 'bert' || family === 'roberta') {
    for (const key of ['cls_token', 'sep_token'] as const) {
      const frame = [...probe.before, ...probe.behind]
      const token = contentOf(files.config?.[key])
      if (token === null || frame.length === 0 || frame.includes(probe.idOf(token)!)) continue
      throw new InputError(place(files, key), JSON.stringify(token), 'a special token that the post-processor of tokenizer.json adds')
    }
    const unknown = contentOf(files.config?.['unk_token'])
    const own = files.file.model.unk_token
    if (unknown !== null && own != null && unknown !== own)
      throw new InputError(place(files, 'unk_token'), JSON.stringify(unknown), `${JSON.stringify(own)}, as in tokenizer.json`)
  }
}

/** Keys that the library can't follow. */
function refuse(files: TokenizerFiles): void {
  for (const [key, why] of [
    ['split_special_tokens', 'false: special tokens in a text are one token each'],
    ['from_slow', 'false: tokenizer.json is read as it is'],
    ['fix_mistral_regex', 'false; save the mended tokenizer, and its tokenizer.json has the pattern'],
  ] as const) {
    if (booleanKey(files, key) === true) throw new InputError(place(files, key), 'true', why)
  }
  const code = (files.config?.['auto_map'] as Record<string, unknown> | undefined)?.['AutoTokenizer']
  if (code !== undefined)
    throw new InputError(
      place(files, 'auto_map'),
      'a tokenizer with code of its own',
      'a class of transformers; code of a model directory is never run',
    )
  const versions = readdirSync(files.directory).filter((name) => /^tokenizer\.\d[\d.]*\.json$/.test(name))
  if (files.config?.['fast_tokenizer_files'] !== undefined && versions.length > 0)
    throw new InputError(
      place(files, 'fast_tokenizer_files'),
      versions.join(', '),
      'tokenizer.json alone; one for each version means different tokens',
    )
}

/** BERT's classes set these in the normaliser of the file. */
function applyCase(files: TokenizerFiles): void {
  const { normalizer } = files.file
  const { family, name, generic } = files.class
  const keys = Object.keys(BERT_KEYS) as (keyof typeof BERT_KEYS)[]
  const given = keys.some((key) => files.config?.[key] !== undefined)
  const own = name === null ? given && (family === 'bert' || family === null) : family === 'bert'
  if (generic || !own || normalizer?.['type'] !== 'BertNormalizer') return
  const wanted = { ...normalizer }
  for (const key of keys) wanted[BERT_KEYS[key]] = booleanKey(files, key) ?? BERT_DEFAULTS[key]
  const stripped = (of: Record<string, unknown>): unknown => of['strip_accents'] ?? of['lowercase']
  for (const key of keys) {
    const inside = BERT_KEYS[key]
    const same = key === 'strip_accents' ? stripped(wanted) === stripped(normalizer) : wanted[inside] === normalizer[inside]
    if (same || files.config?.[key] !== undefined) continue
    // Accents are stripped as the case setting implies where no key says it.
    if (key === 'strip_accents' && normalizer[inside] == null) continue
    throw new InputError(
      place(files, key),
      `missing, with ${JSON.stringify(normalizer[inside])} in the normalizer of tokenizer.json and ${JSON.stringify(BERT_DEFAULTS[key])} by its class`,
      'true or false',
    )
  }
  files.file.normalizer = wanted
}

/** Byte-level pre-tokenisers put a space in front of a row, or none. */
function applyPrefixSpace(files: TokenizerFiles): void {
  const cutter = files.file.pre_tokenizer
  if (cutter?.['type'] !== 'ByteLevel' || files.config === null) return
  const given = booleanKey(files, 'add_prefix_space')
  const own = cutter['add_prefix_space'] ?? true
  if (given === own) return
  if (given === null && own === false) return
  if (given === null || files.class.generic) throw mismatch(files, 'add_prefix_space', own)
  files.file.pre_tokenizer = { ...cutter, add_prefix_space: given }
}

function checkPrefixSpace(files: TokenizerFiles, { pieces }: Probe): void {
  const given = booleanKey(files, 'add_prefix_space')
  if (given === null || files.class.generic || files.file.pre_tokenizer?.['type'] === 'ByteLevel') return
  const has = /^[Ġ▁]/.test(pieces('a').join(''))
  if (has !== given) throw mismatch(files, 'add_prefix_space', has)
}

/** Version 4 of Llama's classes obeys these, version 5 reads the file alone. */
function checkEnds(files: TokenizerFiles, { before, behind, idOf }: Probe): void {
  const usual = files.class.name !== null && files.class.family === 'llama' ? { add_bos_token: true, add_eos_token: false } : null
  const frame = { add_bos_token: before, add_eos_token: behind }
  const tokens = { add_bos_token: 'bos_token', add_eos_token: 'eos_token' } as const
  for (const key of ['add_bos_token', 'add_eos_token'] as const) {
    const wanted = files.config?.[key] === null ? null : (booleanKey(files, key) ?? usual?.[key] ?? null)
    if (wanted === null) continue
    const id = idOf(contentOf(files.config?.[tokens[key]] ?? files.specialTokens[tokens[key]]) ?? usualToken(files, tokens[key]))
    const does = id !== null && frame[key].includes(id)
    if (does !== wanted) throw mismatch(files, key, does)
  }
}

function usualToken({ class: { name, family } }: TokenizerFiles, key: 'bos_token' | 'eos_token'): string | null {
  return name !== null && family === 'llama' ? { bos_token: '<s>', eos_token: '</s>' }[key] : null
}

function mismatch(files: TokenizerFiles, key: string, does: unknown): InputError {
  const given = files.config?.[key]
  const found = given === undefined ? 'missing' : JSON.stringify(given)
  return new InputError(
    place(files, key),
    `${found}, while tokenizer.json does as ${JSON.stringify(does)}`,
    'both files to say the same: versions of transformers follow one or the other',
  )
}

function place({ directory }: TokenizerFiles, key: string): string {
  return `${join(directory, 'tokenizer_config.json')}:${key}`
}

function booleanKey(files: TokenizerFiles, key: string): boolean | null {
  const value = files.config?.[key] ?? null
  if (value === null || typeof value === 'boolean') return value
  throw new InputError(place(files, key), JSON.stringify(value), 'true or false')
}

function sideKey(files: TokenizerFiles, key: string): Side | null {
  const value = files.config?.[key] ?? null
  if (value === null || value === 'left' || value === 'right') return value
  throw new InputError(place(files, key), JSON.stringify(value), 'left or right')
}

function lengthKey(files: TokenizerFiles): number | null {
  const value = files.config?.['model_max_length'] ?? null
  if (value === null || (typeof value === 'number' && value > NO_LIMIT)) return null
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new InputError(place(files, 'model_max_length'), JSON.stringify(value), 'a whole number of tokens from 1')
}

function listKey(files: TokenizerFiles, key: string): readonly unknown[] | null {
  const value = files.config?.[key] ?? null
  if (value === null || Array.isArray(value)) return value
  throw new InputError(place(files, key), JSON.stringify(value), 'a list of names')
}

function contentOf(token: unknown): string | null {
  if (typeof token === 'string') return token
  const content = (token as { content?: unknown } | null | undefined)?.content
  return typeof content === 'string' ? content : null
}
