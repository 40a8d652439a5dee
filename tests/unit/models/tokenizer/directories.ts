/** Tokenizer directories for the tests of this folder: files of every kind, made here, and texts over all of Unicode. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests change any part of a tokenizer file, valid or not
export type Json = any

export class Directories implements Disposable {
  private readonly root = mkdtempSync(join(tmpdir(), 'tokenizer-'))
  private count = 0

  /** @param files contents by name; a text is written as it is */
  make(files: Readonly<Record<string, unknown>>): string {
    const directory = join(this.root, String(this.count++))
    mkdirSync(directory)
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
    return directory
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

export const added = (id: number, content: string, flags: object = {}): object => ({
  id,
  content,
  special: true,
  normalized: false,
  lstrip: false,
  rstrip: false,
  single_word: false,
  ...flags,
})
export const ids = (words: readonly string[]): Record<string, number> => Object.fromEntries(words.map((word, i) => [word, i]))
export const special = (id: string, type = 0): object => ({ SpecialToken: { id, type_id: type } })
export const sequence = (id: string, type = 0): object => ({ Sequence: { id, type_id: type } })
export const template = (tokens: Readonly<Record<string, number>>, single: readonly object[], pair: readonly object[]): object => ({
  type: 'TemplateProcessing',
  single,
  pair,
  special_tokens: Object.fromEntries(Object.entries(tokens).map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }])),
})

/** Characters that stand for bytes in byte-level vocabularies (Radford et al. 2019). */
export const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const shown = (b: number): boolean => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174
  const hidden = Array.from({ length: 256 }, (_b, b) => b).filter((b) => !shown(b))
  return String.fromCodePoint(shown(byte) ? byte : 256 + hidden.indexOf(byte))
})

const FRAME = { '[CLS]': 2, '[SEP]': 3 }
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789.,!?-\'"é中あ½']

/** As BERT's. */
export const WORD_PIECE = {
  version: '1.0',
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((token, id) => added(id, token)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: template(
    FRAME,
    [special('[CLS]'), sequence('A'), special('[SEP]')],
    [special('[CLS]'), sequence('A'), special('[SEP]'), sequence('B', 1), special('[SEP]', 1)],
  ),
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: ids([
      '[PAD]',
      '[UNK]',
      '[CLS]',
      '[SEP]',
      '[MASK]',
      ...LETTERS,
      ...LETTERS.map((letter) => `##${letter}`),
      'the',
      '##ing',
      'ba',
      '##ll',
    ]),
  },
}

const MERGES = [
  ['t', 'h'],
  ['th', 'e'],
  ['Ġ', 'the'],
  ['i', 'n'],
  ['in', 'g'],
  ['Ġ', 'a'],
  ['l', 'l'],
] as const

/** As GPT-2's, with Llama 3's way of cutting texts before it and a begin token around it. */
export const BYTE_PAIRS = {
  version: '1.0',
  added_tokens: [added(256 + MERGES.length, '<|begin|>')],
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    ],
  },
  post_processor: template(
    { '<|begin|>': 256 + MERGES.length },
    [special('<|begin|>'), sequence('A')],
    [special('<|begin|>'), sequence('A'), special('<|begin|>', 1), sequence('B', 1)],
  ),
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab: ids([...BYTES, ...MERGES.map((pair) => pair.join(''))]),
    merges: MERGES,
  },
}

/** As T5's: pieces by likelihood, a mark in place of spaces, one token behind. */
export const UNIGRAM = {
  version: '1.0',
  added_tokens: [added(0, '<pad>'), added(1, '</s>'), added(2, '<unk>')],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: template(
    { '</s>': 1 },
    [sequence('A'), special('</s>')],
    [sequence('A'), special('</s>'), sequence('B'), special('</s>')],
  ),
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: 2,
    byte_fallback: false,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁', -2],
      ['▁the', -3],
      ['▁a', -3.5],
      ['ing', -4],
      ['ll', -4.5],
      ...LETTERS.map((letter, i) => [letter, -5 - i / 10]),
    ],
  },
}

/** Whole words, punctuation with the word before it. */
export const WORD_LEVEL = {
  version: '1.0',
  added_tokens: [added(0, '<unk>'), added(3, 'ball', { special: false, normalized: true, single_word: true })],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'MergedWithPrevious' }],
  },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', unk_token: '<unk>', vocab: ids(['<unk>', 'the', 'a', 'ball', 'the,', 'ing', '!', '½', '中']) },
}

export const KINDS = { WordPiece: WORD_PIECE, BPE: BYTE_PAIRS, Unigram: UNIGRAM, WordLevel: WORD_LEVEL }

/** Any code points, lone surrogates too, and words among them. */
export function anyText(words: readonly string[]): fc.Arbitrary<string> {
  const part = fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
    fc.integer({ min: 0, max: 0x24f }).map((point) => String.fromCodePoint(point)),
    fc.constantFrom(...words),
  )
  return fc.array(part, { maxLength: 24 }).map((parts) => parts.join(''))
}
