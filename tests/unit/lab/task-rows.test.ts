import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Task, taskRows } from '#main/lab/task-rows.ts'
import { Model } from '#main/models/model.ts'
import { type Tokenizer, loadTokenizer } from '#main/models/tokenizer.ts'
import { recordedDirectory } from '../models/architectures/recorded.ts'
import { tinyDirectory } from '../training/tiny.ts'

const root = mkdtempSync(join(tmpdir(), 'task-rows-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Byte-level pairs over words with a space in front, as decoders have them. */
const VOCABULARY = ['<end>', 'a', 'b', 'c', 'Ġ', 'Ġa', 'Ġb', 'Ġgood', 'Ġbad', 'g', 'o', 'd', 'Ġg', 'oo', 'ood', 'Ġba', ':', 'x', 'y', 'z']
function decoderTokenizer(): Tokenizer {
  const directory = join(root, 'decoder')
  mkdirSync(directory, { recursive: true })
  const merges = ['Ġ a', 'Ġ b', 'Ġ g', 'o o', 'oo d', 'Ġg ood', 'Ġb a', 'Ġba d']
  const file = {
    added_tokens: [{ id: 0, content: '<end>', special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: Object.fromEntries(VOCABULARY.map((word, i) => [word, i])), merges },
  }
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(file))
  writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<end>' }))
  return loadTokenizer(directory)
}

const gpt2 = new Model(recordedDirectory('gpt2'), 1)
const bert = new Model(tinyDirectory, 1)
const words = (ids: Int32Array): string[] => [...ids].map((id) => VOCABULARY[id]!)

describe('a decoder', () => {
  const tokenizer = decoderTokenizer()
  const task: Task = { kind: 'label-words', template: '{text}: {answer}', words: { yes: 'good', no: 'bad' } }

  test('goes on from the prompt, and its classes are the words with their space', () => {
    const { encode, head, answerId } = taskRows(task, gpt2, tokenizer, ['no', 'yes'], 16)
    expect(head).toEqual({ kind: 'words', ids: [VOCABULARY.indexOf('Ġbad'), VOCABULARY.indexOf('Ġgood')] })
    expect(answerId).toBeNull()
    expect(words(encode('a b', undefined).ids)).toEqual(['a', 'Ġb', ':'])
  })

  test('keeps the prompt whole where the text is too long', () => {
    const { encode } = taskRows(task, gpt2, tokenizer, ['no', 'yes'], 4)
    expect(words(encode('a b a b a b', undefined).ids).at(-1)).toBe(':')
    expect(encode('a b a b a b', undefined).ids.length).toBeLessThanOrEqual(4)
  })

  test.each<[string, Task, RegExp]>([
    ['a word of several tokens', { ...task, words: { yes: 'goody', no: 'bad' } }, /task.words\["yes"\]: "goody", which is/],
    ['a label without a word', { ...task, words: { yes: 'good' } }, /task.words\["no"\]: missing/],
    ['one word for two labels', { ...task, words: { yes: 'good', no: 'good' } }, /same word for several labels/],
    ['text behind the answer', { ...task, template: '{text} {answer} indeed' }, /ends with \{answer\}/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => taskRows(wrong, gpt2, tokenizer, ['no', 'yes'], 16)).toThrow(message)
  })

  test('reads any text for the next word', () => {
    const { encode, head } = taskRows({ kind: 'language-model' }, gpt2, tokenizer, [], 16)
    expect(head).toEqual({ kind: 'next-word' })
    expect(words(encode('a b', undefined).ids)).toEqual(['a', 'Ġb'])
  })
})

describe('an encoder', () => {
  const tokenizer = loadTokenizer(tinyDirectory)
  const { ball, mela, zu } = JSON.parse(JSON.stringify(Object.fromEntries(['ball', 'mela', 'zu'].map((w) => [w, tokenizer.tokens(w)[0]]))))

  test('fills in the mask inside of its special tokens', () => {
    const model = { config: bert.config, directory: tinyDirectory, requireLanguageHead: () => {} }
    const task: Task = { kind: 'label-words', template: '{text} {answer} zu', words: { '0': 'ball', '1': 'mela' } }
    const { encode, head, answerId } = taskRows(task, model, tokenizer, ['0', '1'], 16)
    expect(head).toEqual({ kind: 'words', ids: [ball, mela] })
    expect(answerId).toBe(tokenizer.maskId)
    expect([...encode('mela', undefined).ids]).toEqual([2, mela, 4, zu, 3])
  })

  test('has no next word', () => {
    const model = { config: bert.config, directory: tinyDirectory, requireLanguageHead: () => {} }
    expect(() => taskRows({ kind: 'language-model' }, model, tokenizer, [], 16)).toThrow(/"language-model" with a bert/)
  })

  test('reads a pair of texts, the second with a type of its own', () => {
    const { encode } = taskRows(undefined, bert, tokenizer, ['0', '1'], 16)
    expect(encode('mela', 'zu')).toEqual({ ids: Int32Array.of(2, mela, 3, zu, 3), second: 3 })
    const prompted = taskRows({ kind: 'classification', template: '{pair} zu {text}' }, bert, tokenizer, ['0', '1'], 16)
    expect([...prompted.encode('mela', 'ball').ids]).toEqual([2, ball, zu, mela, 3])
  })
})
