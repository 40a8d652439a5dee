import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadTokenizer } from '#main/models/tokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'tokenizer-kinds-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

function load(file: object, config: object = {}): ReturnType<typeof loadTokenizer> {
  const directory = join(root, String(folders++))
  mkdirSync(directory)
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(file))
  writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify(config))
  return loadTokenizer(directory)
}

const added = (id: number, content: string): object => ({
  id,
  content,
  special: true,
  normalized: false,
  lstrip: false,
  rstrip: false,
  single_word: false,
})
const ids = (words: readonly string[]): Record<string, number> => Object.fromEntries(words.map((word, i) => [word, i]))
const special = (id: string): object => ({ SpecialToken: { id, type_id: 0 } })
const sequence = (id: string): object => ({ Sequence: { id, type_id: 0 } })

/** As GPT-2's: bytes as characters, a space as Ġ. */
const BYTES = {
  added_tokens: [added(11, '<|end|>')],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: ids(['a', 'b', 'c', 'Ġ', '!', 'ab', 'Ġc', 'Ã', '©', 'Ã©', 'abc', '<|end|>']),
    merges: ['a b', 'Ġ c', 'Ã ©', 'ab c'],
  },
}

describe('byte-level byte-pair encoding', () => {
  const tokenizer = load(BYTES, { eos_token: '<|end|>', bos_token: '<|end|>', unk_token: '<|end|>' })

  test('merges in the order of the merges, and adds nothing', () => {
    expect([...tokenizer.encode('abc c!é', 16)]).toEqual([10, 6, 4, 9])
    expect(tokenizer.frameLength).toBe(0)
  })

  test('fills up with the end token where there is no padding token, and has no mask', () => {
    expect(tokenizer).toMatchObject({ padId: 11, maskId: null, clsId: null, vocabularySize: 12 })
  })

  test('reads merges written as pairs too', () => {
    const pairs = { ...BYTES, model: { ...BYTES.model, merges: BYTES.model.merges.map((merge) => merge.split(' ')) } }
    expect([...load(pairs).encode('abc c', 16)]).toEqual([10, 6])
  })

  test('with a template begins every row as it says', () => {
    const post = {
      type: 'TemplateProcessing',
      single: [special('<|end|>'), sequence('A')],
      pair: [special('<|end|>'), sequence('A'), special('<|end|>'), sequence('B')],
      special_tokens: { '<|end|>': { id: '<|end|>', ids: [11], tokens: ['<|end|>'] } },
    }
    const begun = load({ ...BYTES, post_processor: post })
    expect([...begun.encode('abc', 16)]).toEqual([11, 10])
    const { ids: both, second } = begun.encodePair('abc', ' c', 16)
    expect([[...both], second]).toEqual([[11, 10, 11, 6], 3])
  })

  test('cuts on the side that its config names', () => {
    expect([...tokenizer.encode('abc c!', 2)]).toEqual([10, 6])
    expect([...load(BYTES, { truncation_side: 'left' }).encode('abc c!', 2)]).toEqual([6, 4])
  })
})

/** As RoBERTa's frame over byte pairs. */
test('a pair between the special tokens of RoBERTa', () => {
  const roberta = load(
    {
      ...BYTES,
      added_tokens: [added(12, '<s>'), added(13, '</s>'), added(14, '<mask>')],
      post_processor: { type: 'RobertaProcessing', sep: ['</s>', 13], cls: ['<s>', 12], trim_offsets: true, add_prefix_space: false },
      model: { ...BYTES.model, vocab: { ...BYTES.model.vocab, '<s>': 12, '</s>': 13, '<mask>': 14 } },
    },
    { cls_token: '<s>', sep_token: '</s>', mask_token: '<mask>' },
  )
  expect([...roberta.encode('ab', 8)]).toEqual([12, 5, 13])
  expect([...roberta.encodePair('ab', 'c', 8).ids]).toEqual([12, 5, 13, 13, 2, 13])
  expect(roberta.maskId).toBe(14)
  expect([...roberta.encode('ab<mask>c', 8)]).toEqual([12, 5, 14, 2, 13])
})

test('unigram pieces are the likeliest way to cut a text', () => {
  const vocab: [string, number][] = [
    ['<unk>', 0],
    ['<s>', 0],
    ['</s>', 0],
    ['▁', -2],
    ['a', -3],
    ['b', -3],
    ['▁ab', -4],
    ['ab', -5],
    ['▁a', -4.5],
  ]
  const tokenizer = load(
    {
      added_tokens: [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>')],
      normalizer: null,
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [special('<s>'), sequence('A'), special('</s>')],
        pair: [special('<s>'), sequence('A'), special('</s>'), special('</s>'), sequence('B'), special('</s>')],
        special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
      },
      decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
    },
    { cls_token: '<s>', sep_token: '</s>', unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
  )
  // "▁ab" alone: -4 against "▁a" "b": -7.5 and "▁" "ab": -7.
  expect([...tokenizer.encode('ab a', 16)]).toEqual([1, 6, 8, 2])
  expect([...tokenizer.encode('az', 16)]).toEqual([1, 8, 0, 2])
  expect(tokenizer.vocabularySize).toBe(9)
})

test('of a pair that is too long the longer text is cut first, and both keep half of the room', () => {
  const tokenizer = load(BYTES)
  const lengths = (a: number, b: number, most: number): number[] => {
    const { ids: all, second } = tokenizer.encodePair('!'.repeat(a), 'c'.repeat(b), most)
    return [second, all.length - second]
  }
  expect(lengths(3, 4, 20)).toEqual([3, 4])
  expect(lengths(9, 2, 8)).toEqual([6, 2])
  expect(lengths(2, 9, 8)).toEqual([2, 6])
  expect(lengths(9, 9, 7)).toEqual([4, 3])
})
