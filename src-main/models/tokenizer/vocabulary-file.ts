/** The tokenizer.json that transformers makes of vocab.txt, or of vocab.json and merges.txt, for the classes whose files these are. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { readRegular } from '#main/data/regular-file.ts'
import { readJsonObject } from '../safetensors/json-file.ts'
import { orInputError } from '#main/machine/positioned-io.ts'
import { DEFAULT_TOKENS } from './tokenizer-class.ts'
import { type SpecialName, type TokenSources, namedTokens } from './special-tokens.ts'

const MAXIMUM_BYTES = 100 * 2 ** 20
const WHOLE = 'a tokenizer.json: AutoTokenizer.from_pretrained(DIRECTORY).save_pretrained(DIRECTORY) of transformers writes it'
const WORD_PIECE = new Set(['Bert', 'DistilBert', 'Electra', 'MobileBert', 'ConvBert', 'SqueezeBert', 'RetriBert', 'LayoutLM', 'Lxmert'])
const BYTE_PAIRS = new Set(['GPT2', 'Roberta', 'Longformer', 'Bart', 'Qwen2'])
/** The pattern with which Qwen cuts texts before byte pairs are merged. */
const QWEN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
const SENTENCE_PIECE = ['spm.model', 'spiece.model', 'sentencepiece.bpe.model', 'tokenizer.model', 'tekken.json']

interface WholeFile {
  /** The path of the file it was made from. */
  readonly path: string
  readonly file: object
}

/** @throws InputError where there are no such files, or the class makes something else of them */
export function vocabularyFile(from: TokenSources): WholeFile {
  const { directory } = from
  const path = (name: string): string => join(directory, name)
  const stem = from.class.stem ?? ''
  if (existsSync(path('vocab.txt')) && WORD_PIECE.has(stem)) return { path: path('vocab.txt'), file: wordPiece(path('vocab.txt'), from) }
  if (existsSync(path('vocab.json')) && existsSync(path('merges.txt')) && BYTE_PAIRS.has(stem)) {
    return { path: path('vocab.json'), file: bytePairs(path('vocab.json'), path('merges.txt'), stem, from) }
  }
  const there = ['vocab.txt', 'vocab.json', 'merges.txt', ...SENTENCE_PIECE].filter((name) => existsSync(path(name)))
  const found = there.length > 0 ? `missing, with ${there.join(', ')} in its place` : 'no such file or directory'
  throw new InputError(path('tokenizer.json'), found, WHOLE)
}

/** Makes a tokenizer like BERT's (Devlin et al. 2019): one token per line, special tokens around one text or two. */
function wordPiece(path: string, from: TokenSources): object {
  const config = from.config ?? {}
  if (config['do_basic_tokenize'] === false) {
    throw new InputError(`${join(from.directory, 'tokenizer_config.json')}:do_basic_tokenize`, 'false beside vocab.txt', WHOLE)
  }
  const lines = textOf(path).split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  // A Map is used because a word may be "__proto__". Of two lines with one token the later one counts.
  const vocab = new Map(lines.map((token, id) => [token, id]))
  const tokens = specialIds(from, 'bert', vocab, path)
  const flag = (key: string, usual: boolean | null): unknown => config[key] ?? usual
  return {
    version: '1.0',
    added_tokens: added(tokens),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag('tokenize_chinese_chars', true),
      strip_accents: flag('strip_accents', null),
      lowercase: flag('do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: template(tokens, ['cls_token'], ['sep_token']),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: tokens.unk_token!.content,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: asObject(vocab),
    },
  }
}

function bytePairs(path: string, mergesPath: string, stem: string, from: TokenSources): object {
  const config = from.config ?? {}
  const vocab = new Map(Object.entries(readJsonObject(path, MAXIMUM_BYTES, 'the vocabulary of a byte-level tokenizer'))) as Map<
    string,
    number
  >
  const merges = textOf(mergesPath)
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#version'))
    .map((line, i) => {
      const pair = line.split(' ')
      if (pair.length !== 2) throw new InputError(`${mergesPath}: merge ${i + 1}`, JSON.stringify(line), 'two tokens with a space between')
      return pair
    })
  const roberta = stem !== 'GPT2' && stem !== 'Qwen2'
  const tokens = specialIds(from, roberta ? 'roberta' : 'gpt2', vocab, path)
  const spaced = config['add_prefix_space'] === true
  const bytes = { type: 'ByteLevel', add_prefix_space: spaced, trim_offsets: true, use_regex: true }
  const { cls_token: cls, sep_token: sep } = tokens
  return {
    version: '1.0',
    added_tokens: added(tokens),
    normalizer: stem === 'Qwen2' ? { type: 'NFC' } : null,
    pre_tokenizer:
      stem === 'Qwen2'
        ? {
            type: 'Sequence',
            pretokenizers: [
              { type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false },
              { ...bytes, use_regex: false },
            ],
          }
        : bytes,
    post_processor: roberta
      ? {
          type: 'RobertaProcessing',
          sep: [sep!.content, sep!.id],
          cls: [cls!.content, cls!.id],
          trim_offsets: true,
          add_prefix_space: spaced,
        }
      : template(
          tokens,
          config['add_bos_token'] === true ? ['bos_token'] : [],
          config['add_eos_token'] === true ? ['eos_token'] : [],
          true,
        ),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      vocab: asObject(vocab),
      merges,
    },
  }
}

interface Known {
  readonly id: number
  readonly content: string
  readonly lstrip: boolean
}
type Tokens = Partial<Record<SpecialName, Known>>

/** Special tokens, named or the class's own, by their ids. @throws InputError for one that the vocabulary lacks */
function specialIds(from: TokenSources, family: keyof typeof DEFAULT_TOKENS, vocab: ReadonlyMap<string, number>, path: string): Tokens {
  const named = namedTokens(from)
  const known: Tokens = {}
  const wanted = new Set([...Object.keys(DEFAULT_TOKENS[family]), ...Object.keys(named)]) as Set<SpecialName>
  for (const name of wanted) {
    const token = named[name] === undefined ? { content: DEFAULT_TOKENS[family][name]! } : named[name]
    if (token === null) continue
    const id = vocab.get(token.content)
    // Like any word, a mask takes in the space in front of it.
    if (id !== undefined)
      known[name] = { id, content: token.content, lstrip: token.lstrip ?? (family === 'roberta' && name === 'mask_token') }
    else if (['cls_token', 'sep_token', 'unk_token'].includes(name) && family !== 'gpt2') {
      throw new InputError(path, `no token ${token.content}`, `a vocabulary with the ${name} of its class`)
    }
  }
  const { config } = from
  for (const [key, name] of [
    ['add_bos_token', 'bos_token'],
    ['add_eos_token', 'eos_token'],
  ] as const) {
    if (config?.[key] === true && !known[name]) throw new InputError(`${from.directory}: ${key}`, 'true', `a vocabulary with the ${name}`)
  }
  return known
}

function added(tokens: Tokens): object[] {
  const flags = { single_word: false, rstrip: false, normalized: false, special: true }
  const byId = new Map(Object.values(tokens).map((token) => [token.id, { ...token, ...flags }]))
  return [...byId.values()].sort((a, b) => a.id - b.id)
}

/** @param again whether what stands before the first text also stands before the second */
function template(tokens: Tokens, before: readonly SpecialName[], behind: readonly SpecialName[], again = false): object {
  const special = (names: readonly SpecialName[], type: number): object[] =>
    names.map((name) => ({ SpecialToken: { id: tokens[name]!.content, type_id: type } }))
  const text = (id: string, type: number): object => ({ Sequence: { id, type_id: type } })
  const single = [...special(before, 0), text('A', 0), ...special(behind, 0)]
  const used = [...before, ...behind].map((name) => tokens[name]!)
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, ...(again ? special(before, 1) : []), text('B', 1), ...special(behind, 1)],
    special_tokens: Object.fromEntries(used.map(({ id, content }) => [content, { id: content, ids: [id], tokens: [content] }])),
  }
}

function textOf(path: string): string {
  return orInputError(path, 'a vocabulary as UTF-8 text', () => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(readRegular(path, 'a vocabulary as UTF-8 text', MAXIMUM_BYTES))
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause
      throw new InputError(path, 'bytes that are not UTF-8', 'a vocabulary as UTF-8 text', { cause })
    }
  })
}

function asObject(vocab: ReadonlyMap<string, number>): object {
  const object = Object.create(null) as Record<string, number>
  for (const [token, id] of vocab) object[token] = id
  return object
}
