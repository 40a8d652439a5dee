import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { CONFIG_KEYS } from '#main/models/tokenizer/config-keys.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { BYTES, BYTE_PAIRS, Directories, type Json, UNIGRAM, WORD_PIECE, added, ids, sequence, special, template } from './directories.ts'

const directories = new Directories()
afterAll(() => directories[Symbol.dispose]())

type Files = Readonly<Record<string, unknown>>
const made = (file: unknown, config: object, more: Files = {}): string =>
  directories.make({ 'tokenizer.json': file, 'tokenizer_config.json': config, ...more })
const loaded = (file: unknown, config: object, more?: Files) => loadTokenizer(made(file, config, more))
/** Ids of a text, or of two. */
async function row(file: unknown, config: object, text: string, pair?: string, more?: Files): Promise<number[]> {
  const [found] = await (await loaded(file, config, more)).encode([{ text, pair }])
  return [...found!.ids]
}
const changed = (file: object, change: (content: Json) => void): Json => {
  const content = structuredClone(file) as Json
  change(content)
  return content
}

/** In the order of their ids; those of an object put numbers first. */
const words = (vocab: Readonly<Record<string, number>>): string[] => Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!)
const BERT = { tokenizer_class: 'BertTokenizer' }
const GPT2 = { tokenizer_class: 'GPT2TokenizerFast' }
const LLAMA = { tokenizer_class: 'LlamaTokenizerFast', bos_token: '<|begin|>', eos_token: '<|end|>' }
const cased = changed(WORD_PIECE, (c) => {
  c.normalizer.lowercase = false
  c.model.vocab = ids([...words(c.model.vocab), 'A', '##A', 'É'])
})
/** Byte pairs whose only step before merging is the bytes themselves. */
const bytes = (spaced: boolean): Json =>
  changed(BYTE_PAIRS, (c) => {
    c.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: spaced, trim_offsets: true, use_regex: true }
    c.post_processor = null
  })
const ended = changed(BYTE_PAIRS, (c) => {
  const end = 264
  c.added_tokens.push(added(end, '<|end|>'))
  c.post_processor = template({ '<|end|>': end }, [sequence('A'), special('<|end|>')], [sequence('A'), sequence('B'), special('<|end|>')])
})

/** Of every key that changes something: tokens that it gives, or the line in which it is refused. */
const CASES: Readonly<Record<string, () => Promise<void>>> = {
  tokenizer_class: async () => {
    expect(await row(cased, { ...BERT, do_lower_case: true }, 'A')).toEqual(await row(cased, { ...BERT, do_lower_case: true }, 'a'))
    const generic = { tokenizer_class: 'PreTrainedTokenizerFast', do_lower_case: true }
    expect(await row(cased, generic, 'A')).not.toEqual(await row(cased, generic, 'a'))
  },
  do_lower_case: async () => {
    const lowered = await row(WORD_PIECE, {}, 'a')
    expect(await row(cased, { ...BERT, do_lower_case: true }, 'A')).toEqual(lowered)
    expect(await row(cased, { ...BERT, do_lower_case: false }, 'A')).not.toEqual(lowered)
    expect(await row(cased, { do_lower_case: true }, 'A')).toEqual(lowered)
    await expect(loaded(cased, BERT)).rejects.toThrow(
      /tokenizer_config.json:do_lower_case: missing, with false .*; expected true or false$/,
    )
    const own = changed(WORD_PIECE, (c) => (c.normalizer = { type: 'Lowercase' }))
    await expect(loaded(own, { ...BERT, do_lower_case: false })).rejects.toThrow(/do_lower_case: false, while tokenizer.json does as true/)
  },
  strip_accents: async () => {
    const file = changed(WORD_PIECE, (c) => (c.model.vocab['é'] = Object.keys(c.model.vocab).length))
    expect(await row(file, { ...BERT, do_lower_case: true, strip_accents: false }, 'é')).toEqual([2, file.model.vocab['é'], 3])
    expect(await row(file, { ...BERT, do_lower_case: true }, 'é')).toEqual([2, file.model.vocab['e'], 3])
  },
  tokenize_chinese_chars: async () => {
    expect(await row(WORD_PIECE, { ...BERT, do_lower_case: true }, '中a')).toHaveLength(4)
    const [, whole] = await row(WORD_PIECE, { ...BERT, do_lower_case: true, tokenize_chinese_chars: false }, '中a')
    expect(whole).toBe((WORD_PIECE.model.vocab as Json)['中'])
  },
  add_prefix_space: async () => {
    const the = BYTES.indexOf('a')
    const spaced = 256 + 5
    expect(await row(bytes(false), { ...GPT2, add_prefix_space: true }, 'a')).toEqual([spaced])
    expect(await row(bytes(true), { ...GPT2, add_prefix_space: false }, 'a')).toEqual([the])
    expect(await row(bytes(true), { ...GPT2, add_prefix_space: true }, 'a')).toEqual([spaced])
    await expect(loaded(bytes(true), GPT2)).rejects.toThrow(/add_prefix_space: missing, while tokenizer.json does as true/)
    await expect(loaded(UNIGRAM, { tokenizer_class: 'T5TokenizerFast', add_prefix_space: false })).rejects.toThrow(
      /add_prefix_space: false/,
    )
  },
  truncation_side: async () => {
    const cut = async (config: object): Promise<number[]> => {
      const [found] = await (await loaded(WORD_PIECE, config)).encode([{ text: 'a b c' }], { maxLength: 3 })
      return [...found!.ids]
    }
    const { a, c } = WORD_PIECE.model.vocab as Json
    expect(await cut({})).toEqual([2, a, 3])
    expect(await cut({ truncation_side: 'left' })).toEqual([2, c, 3])
    await expect(cut({ truncation_side: 'middle' })).rejects.toThrow(/truncation_side: "middle"; expected left or right/)
  },
  model_max_length: async () => {
    expect((await loaded(WORD_PIECE, { model_max_length: 77 })).maximumLength).toBe(77)
    expect((await loaded(WORD_PIECE, { model_max_length: 1e30 })).maximumLength).toBeNull()
    await expect(loaded(WORD_PIECE, { model_max_length: 'long' })).rejects.toThrow(/model_max_length: "long"/)
  },
  model_input_names: async () => {
    const types = async (config: object): Promise<unknown> =>
      (await (await loaded(WORD_PIECE, config)).encode([{ text: 'a', pair: 'b' }]))[0]!.types
    expect(await types(BERT)).toEqual(Uint8Array.of(0, 0, 0, 1, 1))
    expect(await types({ ...BERT, model_input_names: ['input_ids', 'attention_mask'] })).toBeUndefined()
    expect(await types({ tokenizer_class: 'RobertaTokenizer', cls_token: '[CLS]', sep_token: '[SEP]' })).toBeUndefined()
  },
  bos_token: async () => {
    expect((await loaded(ended, { bos_token: '<|begin|>' })).padId).toBe(263)
  },
  eos_token: async () => {
    expect((await loaded(ended, { eos_token: { content: '<|end|>', lstrip: false } })).padId).toBe(264)
  },
  unk_token: async () => {
    expect((await loaded(WORD_PIECE, { unk_token: '[UNK]' })).unkId).toBe(1)
    await expect(loaded(WORD_PIECE, { ...BERT, unk_token: '[MASK]' })).rejects.toThrow(/unk_token: "\[MASK\]"; expected "\[UNK\]"/)
  },
  sep_token: async () => {
    expect((await loaded(WORD_PIECE, { sep_token: '[SEP]' })).sepId).toBe(3)
    await expect(loaded(WORD_PIECE, { ...BERT, sep_token: '[MASK]' })).rejects.toThrow(
      /sep_token: "\[MASK\]"; expected a special token that the post-processor/,
    )
  },
  pad_token: async () => {
    expect((await loaded(WORD_PIECE, { pad_token: '[MASK]' })).padId).toBe(4)
    // One that the vocabulary lacks is added to it, as transformers does.
    const tokenizer = await loaded(WORD_PIECE, { pad_token: '<fill>' })
    expect(tokenizer.padId).toBe(tokenizer.vocabularySize - 1)
  },
  cls_token: async () => {
    expect((await loaded(WORD_PIECE, { cls_token: { content: '[CLS]' } })).clsId).toBe(2)
    await expect(loaded(WORD_PIECE, { ...BERT, cls_token: '[MASK]' })).rejects.toThrow(
      /cls_token: "\[MASK\]"; expected a special token that the post-processor/,
    )
  },
  mask_token: async () => {
    expect(await loaded(WORD_PIECE, { mask_token: 'the' })).toMatchObject({ mask: 'the', maskId: (WORD_PIECE.model.vocab as Json)['the'] })
    expect(await loaded(WORD_PIECE, { mask_token: null })).toMatchObject({ mask: null, maskId: null })
  },
  additional_special_tokens: async () => {
    const plain = await row(WORD_PIECE, {}, 'thethe')
    const id = (WORD_PIECE.model.vocab as Json)['the']
    expect(plain).not.toEqual([2, id, id, 3])
    expect(await row(WORD_PIECE, { additional_special_tokens: ['the'] }, 'thethe')).toEqual([2, id, id, 3])
    await expect(loaded(WORD_PIECE, { additional_special_tokens: 'the' })).rejects.toThrow(
      /additional_special_tokens: "the"; expected a list/,
    )
  },
  extra_special_tokens: async () => {
    const id = (WORD_PIECE.model.vocab as Json)['the']
    expect(await row(WORD_PIECE, { extra_special_tokens: { start: 'the' } }, 'thethe')).toEqual([2, id, id, 3])
  },
  added_tokens_decoder: async () => {
    const id = (WORD_PIECE.model.vocab as Json)['the']
    const token = { content: 'the', single_word: true, lstrip: false, rstrip: false, normalized: false, special: false }
    expect(await row(WORD_PIECE, { added_tokens_decoder: { [id]: { ...token, single_word: false } } }, 'thethe')).toEqual([2, id, id, 3])
    expect(await row(WORD_PIECE, { added_tokens_decoder: { [id]: token } }, 'thethe')).toEqual(await row(WORD_PIECE, {}, 'thethe'))
    await expect(loaded(WORD_PIECE, { added_tokens_decoder: { 7: token } })).rejects.toThrow(
      /added_tokens_decoder\["7"\]: id 7 for "the"; expected/,
    )
  },
  add_bos_token: async () => {
    expect(await row(BYTE_PAIRS, { ...LLAMA, add_bos_token: true }, 'a')).toEqual([263, BYTES.indexOf('a')])
    await expect(loaded(BYTE_PAIRS, { ...LLAMA, add_bos_token: false })).rejects.toThrow(
      /add_bos_token: false, while tokenizer.json does as true/,
    )
    await expect(loaded(bytes(false), { ...LLAMA, add_prefix_space: false })).rejects.toThrow(
      /add_bos_token: missing, while tokenizer.json does as false/,
    )
    expect(await row(bytes(false), { ...GPT2, add_bos_token: null }, 'a')).toEqual([BYTES.indexOf('a')])
  },
  add_eos_token: async () => {
    expect(await row(ended, { ...GPT2, eos_token: '<|end|>', add_eos_token: true }, 'a')).toEqual([BYTES.indexOf('a'), 264])
    await expect(loaded(BYTE_PAIRS, { ...LLAMA, add_eos_token: true })).rejects.toThrow(
      /add_eos_token: true, while tokenizer.json does as false/,
    )
  },
  keep_accents: async () => {
    await loaded(UNIGRAM, { keep_accents: true })
    await expect(loaded(UNIGRAM, { keep_accents: false })).rejects.toThrow(/keep_accents: false/)
  },
  remove_space: async () => {
    await loaded(UNIGRAM, { remove_space: true })
    await expect(loaded(UNIGRAM, { remove_space: false })).rejects.toThrow(/remove_space: false/)
  },
  split_by_punct: async () => {
    await loaded(WORD_PIECE, { split_by_punct: true })
    await expect(loaded(UNIGRAM, { split_by_punct: true })).rejects.toThrow(/split_by_punct: true/)
  },
  split_special_tokens: () =>
    expect(loaded(WORD_PIECE, { split_special_tokens: true })).rejects.toThrow(/split_special_tokens: true; expected false/),
  from_slow: () => expect(loaded(WORD_PIECE, { from_slow: true })).rejects.toThrow(/from_slow: true/),
  fix_mistral_regex: () => expect(loaded(WORD_PIECE, { fix_mistral_regex: true })).rejects.toThrow(/fix_mistral_regex: true/),
  fast_tokenizer_files: () =>
    expect(
      loaded(WORD_PIECE, { fast_tokenizer_files: ['tokenizer.json', 'tokenizer.4.0.0.json'] }, { 'tokenizer.4.0.0.json': WORD_PIECE }),
    ).rejects.toThrow(/fast_tokenizer_files: tokenizer.4.0.0.json/),
  auto_map: () =>
    expect(loaded(WORD_PIECE, { auto_map: { AutoTokenizer: ['code.Own', null] } })).rejects.toThrow(
      /auto_map: a tokenizer with code of its own/,
    ),
}

test('every key that does something has a case here', () => {
  const active = Object.keys(CONFIG_KEYS).filter((key) => CONFIG_KEYS[key] !== 'none')
  expect(Object.keys(CASES).toSorted()).toEqual(active.toSorted())
})

test.each(Object.entries(CASES))('%s', async (_key, shows) => {
  expect.hasAssertions()
  await shows()
})

test('no other key changes a token', async () => {
  const texts = ['The ball, é 中 [SEP] x', 'a']
  const plain = await (await loaded(WORD_PIECE, {})).encode(texts.map((text) => ({ text, pair: text })))
  const none = Object.keys(CONFIG_KEYS).filter((key) => CONFIG_KEYS[key] === 'none')
  const set = Object.fromEntries([...none, 'unheard_of'].map((key) => [key, key.endsWith('side') ? 'left' : 'set']))
  expect(await (await loaded(WORD_PIECE, set)).encode(texts.map((text) => ({ text, pair: text })))).toEqual(plain)
})

describe('tokens of other files', () => {
  test('special_tokens_map.json wins over the config, and is passed by where that lists its tokens', async () => {
    const map = { 'special_tokens_map.json': { mask_token: 'the' } }
    expect((await loaded(WORD_PIECE, { mask_token: '[MASK]' }, map)).mask).toBe('the')
    expect((await loaded(WORD_PIECE, { mask_token: '[MASK]', added_tokens_decoder: {} }, map)).mask).toBe('[MASK]')
  })

  test('added_tokens.json adds to the vocabulary, with the next id only', async () => {
    const size = Object.keys(WORD_PIECE.model.vocab).length
    expect(await row(WORD_PIECE, {}, '<new>', undefined, { 'added_tokens.json': { '<new>': size } })).toEqual([2, size, 3])
    await expect(loaded(WORD_PIECE, {}, { 'added_tokens.json': { '<new>': size + 5 } })).rejects.toThrow(/id \d+ for a new token; expected/)
  })
})

describe('a directory without tokenizer.json', () => {
  const bert = { 'config.json': { model_type: 'bert' } }

  test('with vocab.txt is what transformers makes of it, line ends of any kind', async () => {
    const vocabulary = words(WORD_PIECE.model.vocab)
    const tokenizer = await loadTokenizer(directories.make({ ...bert, 'vocab.txt': `${vocabulary.join('\r\n')}\r\n` }))
    const whole = await loaded(WORD_PIECE, {})
    const rows = [{ text: 'The Ball [SEP] é', pair: 'a' }, { text: '中ing' }]
    expect(await tokenizer.encode(rows)).toEqual(await whole.encode(rows))
    const kept = await loadTokenizer(
      directories.make({ ...bert, 'vocab.txt': `${vocabulary.join('\n')}\nA\n`, 'tokenizer_config.json': { do_lower_case: false } }),
    )
    expect((await kept.tokens(['A']))[0]).toEqual([vocabulary.length])
  })

  test('with vocab.json and merges.txt too, with the frame of its class', async () => {
    const files = {
      'vocab.json': ids([...BYTES, 'th', 'the', '<s>', '</s>', '<unk>', '<pad>', '<mask>']),
      'merges.txt': '#version: 0.2\nt h\nth e\n',
    }
    const roberta = await loadTokenizer(directories.make({ ...files, 'config.json': { model_type: 'roberta' } }))
    expect([...(await roberta.encode([{ text: 'the <mask>', pair: 'the' }]))[0]!.ids]).toEqual([258, 257, 262, 259, 259, 257, 259])
    const opt = {
      ...files,
      'config.json': { model_type: 'opt' },
      'tokenizer_config.json': { tokenizer_class: 'GPT2Tokenizer', bos_token: '</s>', add_bos_token: true },
    }
    expect([...(await (await loadTokenizer(directories.make(opt))).encode([{ text: 'the' }]))[0]!.ids]).toEqual([259, 257])
  })

  test.each<[string, Files, RegExp]>([
    ['nothing', bert, /tokenizer.json: no such file/],
    [
      'a SentencePiece model',
      { ...bert, 'spiece.model': 'x' },
      /tokenizer.json: missing, with spiece.model in its place; expected .*save_pretrained/,
    ],
    ['a vocabulary of another class', { 'config.json': { model_type: 'llama' }, 'vocab.txt': 'a' }, /missing, with vocab.txt in its place/],
    ['a vocabulary without its special tokens', { ...bert, 'vocab.txt': 'a\nb\n' }, /vocab.txt: no token \[UNK\]/],
    [
      'merges that are none',
      { 'config.json': { model_type: 'gpt2' }, 'vocab.json': ids(BYTES), 'merges.txt': 't h e\n' },
      /merges.txt: merge 1: "t h e"/,
    ],
  ])('with %s is refused in words', async (_, files, message) => {
    await expect(loadTokenizer(directories.make(files))).rejects.toThrow(message)
  })
})

test('docs/models.md lists every key with what is done', () => {
  const path = join(import.meta.dirname, '../../../../docs/models.md')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const section = text.split('\n## Tokenizer\n')[1]?.split('\n## ')[0] ?? ''
  const listed = [...section.matchAll(/^\| `([a-z_]+)` +\| (\w+)/gm)].map(([, key, rule]) => [key, rule])
  expect(listed).toEqual(Object.entries(CONFIG_KEYS))
})
