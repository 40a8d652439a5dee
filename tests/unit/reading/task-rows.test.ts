import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type ScenarioTask, type TaskRows, taskRows } from '#main/reading/task-rows.ts'
import { Model } from '#main/models/model.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import type { RowTokens, Tokenizer } from '#main/models/tokenizer/tokenizer.ts'
import { recordedDirectory } from '../models/architectures/recorded.ts'
import { tinyDirectory } from '../training/tiny.ts'

const root = mkdtempSync(join(tmpdir(), 'task-rows-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Byte-level pairs over words with a space in front, as decoders have them. */
const VOCABULARY = ['<end>', 'a', 'b', 'c', 'Ġ', 'Ġa', 'Ġb', 'Ġgood', 'Ġbad', 'g', 'o', 'd', 'Ġg', 'oo', 'ood', 'Ġba', ':', 'x', 'y', 'z']
const FLAGS = { single_word: false, lstrip: false, rstrip: false, normalized: false }
function decoderTokenizer(): Promise<Tokenizer> {
  const directory = join(root, 'decoder')
  mkdirSync(directory, { recursive: true })
  const merges = ['Ġ a', 'Ġ b', 'Ġ g', 'o o', 'oo d', 'Ġg ood', 'Ġb a', 'Ġba d']
  const file = {
    added_tokens: [{ id: 0, content: '<end>', special: true, ...FLAGS }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: Object.fromEntries(VOCABULARY.map((word, i) => [word, i])), merges },
  }
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(file))
  writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<end>' }))
  return loadTokenizer(directory)
}

const gpt2 = new Model(recordedDirectory('gpt2'), 1)
const bert = new Model(tinyDirectory, 1)
const one = async (encode: TaskRows['encode'], text: string, pair?: string): Promise<RowTokens> => (await encode([{ text, pair }]))[0]!
const words = (ids: Int32Array): string[] => [...ids].map((id) => VOCABULARY[id]!)

describe('a decoder', async () => {
  const tokenizer = await decoderTokenizer()
  const task: ScenarioTask = { kind: 'label-words', template: '{text}: {answer}', words: { yes: 'good', no: 'bad' } }

  test('goes on from the prompt, and its classes are the words with their space', async () => {
    const { encode, head, answerId } = await taskRows(task, gpt2, tokenizer, ['no', 'yes'], 16)
    expect(head).toEqual({ kind: 'words', ids: [VOCABULARY.indexOf('Ġbad'), VOCABULARY.indexOf('Ġgood')] })
    expect(answerId).toBeNull()
    expect(words((await one(encode, 'a b')).ids)).toEqual(['a', 'Ġb', ':'])
  })

  test('keeps the prompt whole where the text is too long', async () => {
    const { encode } = await taskRows(task, gpt2, tokenizer, ['no', 'yes'], 4)
    expect(words((await one(encode, 'a b a b a b')).ids).at(-1)).toBe(':')
    expect((await one(encode, 'a b a b a b')).ids.length).toBeLessThanOrEqual(4)
  })

  test.each<[string, ScenarioTask, RegExp]>([
    ['a word of several tokens', { ...task, words: { yes: 'goody', no: 'bad' } }, /task.words\["yes"\]: "goody", which is/],
    ['a label without a word', { ...task, words: { yes: 'good' } }, /task.words\["no"\]: missing/],
    ['one word for two labels', { ...task, words: { yes: 'good', no: 'good' } }, /same word for several labels/],
    ['text behind the answer', { ...task, template: '{text} {answer} indeed' }, /ends with \{answer\}/],
  ])('refuses %s', (_, wrong, message) => {
    return expect(taskRows(wrong, gpt2, tokenizer, ['no', 'yes'], 16)).rejects.toThrow(message)
  })

  test('reads any text for the next word', async () => {
    const { encode, head } = await taskRows({ kind: 'language-model' }, gpt2, tokenizer, [], 16)
    expect(head).toEqual({ kind: 'next-word' })
    expect(words((await one(encode, 'a b')).ids)).toEqual(['a', 'Ġb'])
  })
})

describe('an encoder', async () => {
  const tokenizer = await loadTokenizer(tinyDirectory)
  const [ball, mela, zu] = (await tokenizer.tokens(['ball', 'mela', 'zu'])).map(([id]) => id!) as [number, number, number]

  test('fills in the mask inside of its special tokens', async () => {
    const model = { config: bert.config, directory: tinyDirectory, requireLanguageHead: () => {} }
    const task: ScenarioTask = { kind: 'label-words', template: '{text} {answer} zu', words: { '0': 'ball', '1': 'mela' } }
    const { encode, head, answerId } = await taskRows(task, model, tokenizer, ['0', '1'], 16)
    expect(head).toEqual({ kind: 'words', ids: [ball, mela] })
    expect(answerId).toBe(tokenizer.maskId)
    expect([...(await one(encode, 'mela')).ids]).toEqual([2, mela, 4, zu, 3])
  })

  test('has no next word', async () => {
    const model = { config: bert.config, directory: tinyDirectory, requireLanguageHead: () => {} }
    await expect(taskRows({ kind: 'language-model' }, model, tokenizer, [], 16)).rejects.toThrow(/"language-model" with a bert/)
  })

  test('reads a pair of texts, the second with a type of its own', async () => {
    const { encode } = await taskRows(undefined, bert, tokenizer, ['0', '1'], 16)
    expect(await one(encode, 'mela', 'zu')).toMatchObject({ ids: Int32Array.of(2, mela, 3, zu, 3), types: Uint8Array.of(0, 0, 0, 1, 1) })
    const prompted = await taskRows({ kind: 'classification', template: '{pair} zu {text}' }, bert, tokenizer, ['0', '1'], 16)
    expect([...(await one(prompted.encode, 'mela', 'ball')).ids]).toEqual([2, ball, zu, mela, 3])
  })
})
