import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { readConfig } from '#main/models/config.ts'
import { checkVocabulary, loadTokenizer } from '#main/models/tokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'tokenizer-'))
afterAll(() => rmSync(root, { recursive: true }))
const tiny = join(import.meta.dirname, '../../oracles/bert-tiny')
const shared = join(import.meta.dirname, '../../../../shared')
const file = JSON.parse(readFileSync(join(tiny, 'tokenizer.json'), 'utf8'))
let folders = 0

/** A directory with the fixture's tokenizer.json, changed, and a tokenizer_config.json. */
function variant(change: (content: typeof file) => void, config?: unknown): string {
  const directory = join(root, String(folders++))
  mkdirSync(directory)
  const content = structuredClone(file)
  change(content)
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(content))
  if (config !== undefined) writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify(config))
  copyFileSync(join(tiny, 'config.json'), join(directory, 'config.json'))
  return directory
}

/** Any UTF-16 code units, lone surrogates too, and often words of the fixture. */
const arbitraryText = fc
  .array(
    fc.oneof(
      fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom('bal', 'mel', ' ', '[SEP]', '!', '7'),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''))

describe('the fixture tokenizer', () => {
  const tokenizer = loadTokenizer(tiny)
  // Not Object.keys: it would put the word "7" first.
  const words = new Map(Object.entries<number>(file.model.vocab).map(([word, id]) => [id, word]))
  const tokens = (text: string, maxLength = 64): string => [...tokenizer.encode(text, maxLength)].map((id) => words.get(id)).join(' ')

  test('knows its special tokens and size', () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 60, padId: 0, unkId: 1, clsId: 2, sepId: 3, maskId: 4 })
  })

  test.each([
    ['', '[CLS] [SEP]'],
    ['ball', '[CLS] ball [SEP]'],
    // Greedy longest match: never "bal" where "ball" fits, and no way back from it.
    ['balls ballbal ballz', '[CLS] ball ##s ball ##b ##a ##l [UNK] [SEP]'],
    ['norinun, Mela!', '[CLS] norin ##un , mela ! [SEP]'],
    ['CAFÉ', '[CLS] cafe [SEP]'],
    ['mel-zu?', '[CLS] mel - zu ? [SEP]'],
    ['7 77 72 42', '[CLS] 7 7 ##7 7 ##2 42 [SEP]'],
    ['mel中zu', '[CLS] mel 中 zu [SEP]'],
    [' \t the\n\u0000the ', '[CLS] the the [SEP]'],
    ['xyz', '[CLS] [UNK] [SEP]'],
    ['vep'.repeat(34), '[CLS] [UNK] [SEP]'],
  ])('splits %j as WordPiece does', (text, expected) => {
    expect(tokens(text)).toBe(expected)
  })

  test('cuts to the length asked for and keeps [SEP]', () => {
    expect(tokens('bal mel nor tas', 4)).toBe('[CLS] bal mel [SEP]')
    expect(tokens('bal mel nor tas', 6)).toBe('[CLS] bal mel nor tas [SEP]')
    expect(tokens('bal', 2)).toBe('[CLS] [SEP]')
    expect(() => tokenizer.encode('bal', 1)).toThrow(RangeError)
  })

  test('gives known ids within the length for any text', () => {
    fc.assert(
      fc.property(arbitraryText, fc.integer({ min: 2, max: 20 }), (text, maxLength) => {
        const ids = tokenizer.encode(text, maxLength)
        return ids.length <= maxLength && ids[0] === 2 && ids.at(-1) === 3 && ids.every((id) => id >= 0 && id < 60)
      }),
    )
  })
})

describe('tokenizer files', () => {
  test('with words that are also names of object members keep them', () => {
    const directory = variant((content) => Object.assign(content.model.vocab, { constructor: 60, prototype: 61 }))
    expect([...loadTokenizer(directory).encode('constructor prototype', 8)]).toEqual([2, 60, 61, 3])
  })

  test('may name other special tokens, as text or as an object', () => {
    const directory = variant((content) => content, { cls_token: 'bal', sep_token: { content: 'mel', lstrip: false }, do_lower_case: true })
    const { bal, mel, zu } = file.model.vocab
    expect([...loadTokenizer(directory).encode('zu', 8)]).toEqual([bal, zu, mel])
  })

  test('keep upper case where the normalizer does', () => {
    const directory = variant((content) => (content.normalizer.lowercase = false), { do_lower_case: false })
    expect([...loadTokenizer(directory).encode('Mela', 8)]).toEqual([2, 1, 3])
  })

  test.each<[string, (content: typeof file) => void, unknown, RegExp]>([
    ['a model of another kind', (c) => (c.model.type = 'WordLevel'), {}, /tokenizer.json:model.type: "WordLevel"; expected .*WordPiece/],
    ['merges that are missing', (c) => (c.model.type = 'BPE'), {}, /tokenizer.json:model.merges: missing/],
    ['no model', (c) => delete c.model, {}, /tokenizer.json:model: missing/],
    ['a vocabulary with a wrong id', (c) => (c.model.vocab.bal = -1), {}, /model.vocab/],
    ['a normalizer unknown to it', (c) => (c.normalizer.type = 'Magic'), {}, /tokenizer.json: .*Magic/],
    ['a special token that is no token', () => {}, { mask_token: '<mask>' }, /no token <mask>/],
    ['a case that contradicts the normalizer', () => {}, { do_lower_case: false }, /do_lower_case: false; expected true/],
    ['a config that is a list', () => {}, [], /tokenizer_config.json/],
  ])('with %s are refused', (_, change, config, message) => {
    const directory = variant(change, config)
    expect(() => loadTokenizer(directory)).toThrow(message)
    expect(() => loadTokenizer(directory)).toThrow(InputError)
  })

  test('that are missing or not JSON are refused', () => {
    const directory = variant(() => {})
    writeFileSync(join(directory, 'tokenizer.json'), '{')
    expect(() => loadTokenizer(directory)).toThrow(/tokenizer.json: not JSON/)
    rmSync(join(directory, 'tokenizer.json'))
    expect(() => loadTokenizer(directory)).toThrow(/tokenizer.json: no such file/)
  })

  test('with ids beyond the word embeddings are refused', () => {
    const larger = variant((content) => (content.model.vocab.extra = 60))
    expect(() => checkVocabulary(tiny, loadTokenizer(tiny), readConfig(tiny))).not.toThrow()
    expect(() => checkVocabulary(larger, loadTokenizer(larger), readConfig(larger))).toThrow(
      /ids up to 60; expected ids below vocab_size 60/,
    )
  })
})

/** Made-up and short phrases with what tests/oracles/record_real.py's WordPiece gives for them. */
const REAL_ROWS: [string, number[]][] = [
  ['hide new secretions from the parental units', [2, 6608, 261, 2557, 1553, 64, 242, 225, 3773, 617, 1447, 3]],
  ['a gorgeous , witty , seductive movie .', [2, 153, 1597, 126, 2671, 126, 2277, 5414, 3457, 688, 250, 128, 3]],
  ["it 's a charming and often affecting journey .", [2, 232, 121, 171, 153, 1104, 227, 438, 3740, 1577, 128, 3]],
  ['Ünïted Naïve café: 50% off!!! (2024)', [2, 389, 7571, 605, 4709, 140, 982, 119, 312, 5, 5, 5, 122, 599, 25, 3]],
]

// ../shared is the machine's set of real models and data; it is no part of the project.
describe.skipIf(!existsSync(join(shared, 'models/encoder')))('a real tokenizer (skipped without ../shared/models/encoder)', () => {
  test('gives the ids that an independent WordPiece gives', () => {
    const directory = join(shared, 'models/encoder')
    const tokenizer = loadTokenizer(directory)
    checkVocabulary(directory, tokenizer, readConfig(directory))
    REAL_ROWS.forEach(([text, ids]) => expect([...tokenizer.encode(text, 16)]).toEqual(ids))
  })
})
