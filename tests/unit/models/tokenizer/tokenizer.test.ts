import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { readConfig } from '#main/models/config.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { checkTypes, checkVocabulary } from '#main/models/tokenizer/tokenizer.ts'
import { Directories, type Json, anyText, sequence, special, template } from './directories.ts'

const directories = new Directories()
afterAll(() => directories[Symbol.dispose]())
const tiny = join(import.meta.dirname, '../../../oracles/bert-tiny')
const shared = join(import.meta.dirname, '../../../../../shared')
const file = JSON.parse(readFileSync(join(tiny, 'tokenizer.json'), 'utf8')) as Json

/** A directory with the fixture's tokenizer.json, changed, and a tokenizer_config.json. */
function variant(change: (content: Json) => void, config?: unknown): string {
  const content = structuredClone(file)
  change(content)
  const directory = directories.make({ 'tokenizer.json': content, ...(config === undefined ? {} : { 'tokenizer_config.json': config }) })
  copyFileSync(join(tiny, 'config.json'), join(directory, 'config.json'))
  return directory
}

const idsOf = async (directory: string, text: string, pair?: string): Promise<number[]> => {
  const [row] = await (await loadTokenizer(directory)).encode([{ text, pair }])
  return [...row!.ids]
}

describe('the fixture tokenizer', async () => {
  const tokenizer = await loadTokenizer(tiny)
  // Not Object.keys: it would put the word "7" first.
  const words = new Map(Object.entries<number>(file.model.vocab).map(([word, id]) => [id, word]))
  const tokens = async (text: string, maxLength = 64): Promise<string> => {
    const [row] = await tokenizer.encode([{ text }], { maxLength })
    return [...row!.ids].map((id) => words.get(id)).join(' ')
  }

  test('knows its special tokens and size', () => {
    expect(tokenizer).toMatchObject({
      kind: 'WordPiece',
      vocabularySize: 60,
      padId: 0,
      unkId: 1,
      clsId: 2,
      sepId: 3,
      maskId: 4,
      mask: '[MASK]',
    })
    expect(tokenizer.frameLength).toEqual({ single: 2, pair: 3 })
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
  ])('splits %j as WordPiece does', async (text, expected) => {
    expect(await tokens(text)).toBe(expected)
  })

  test('cuts to the length asked for and keeps [SEP]', async () => {
    expect(await tokens('bal mel nor tas', 4)).toBe('[CLS] bal mel [SEP]')
    expect(await tokens('bal mel nor tas', 6)).toBe('[CLS] bal mel nor tas [SEP]')
    expect(await tokens('bal', 2)).toBe('[CLS] [SEP]')
    await expect(tokens('bal', 1)).rejects.toThrow(RangeError)
  })

  test('gives known ids within the length for any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyText(['bal', 'mel', ' ', '[SEP]', '!', '7'])),
        fc.integer({ min: 2, max: 20 }),
        async (texts, maxLength) => {
          const rows = await tokenizer.encode(
            texts.map((text) => ({ text })),
            { maxLength },
          )
          for (const { ids } of rows) {
            expect(ids.length).toBeLessThanOrEqual(maxLength)
            expect([ids[0], ids.at(-1)]).toEqual([2, 3])
            expect(ids.every((id) => id >= 0 && id < 60)).toBe(true)
          }
        },
      ),
    )
  })
})

describe('the post-processor is that of the file', () => {
  test('also where it adds nothing', async () => {
    const directory = variant((content) => (content.post_processor = null))
    expect(await idsOf(directory, 'ball mela')).toEqual([42, 44])
    expect(await idsOf(directory, 'ball', 'mela')).toEqual([42, 44])
  })

  test('also where two separators stand between two texts, of types of its own', async () => {
    const directory = variant((content) => {
      content.post_processor = template(
        { '[CLS]': 2, '[SEP]': 3 },
        [special('[CLS]'), sequence('A'), special('[SEP]')],
        [special('[CLS]'), sequence('A'), special('[SEP]'), special('[SEP]', 1), sequence('B'), special('[SEP]')],
      )
    })
    const [row] = await (await loadTokenizer(directory)).encode([{ text: 'ball', pair: 'mela' }])
    expect([...row!.ids]).toEqual([2, 42, 3, 3, 44, 3])
    expect([...row!.types!]).toEqual([0, 0, 0, 1, 0, 0])
  })

  test('types that the model has no embedding for are refused, and a model without types gets none', () => {
    const config = readConfig(tiny)
    const row = { ids: Int32Array.of(1, 2), types: Uint8Array.of(0, 2) }
    expect(() => checkTypes(tiny, row, config)).toThrow(
      /tokenizer.json:post_processor: token type 2; expected types below type_vocab_size 2/,
    )
    expect(checkTypes(tiny, row, { ...config, typeVocabularySize: 0 })).toEqual({ ids: row.ids })
  })
})

describe('tokenizer files', () => {
  test('with words that are also names of object members keep them', async () => {
    const directory = variant((content) => Object.assign(content.model.vocab, { constructor: 60, prototype: 61 }))
    expect(await idsOf(directory, 'constructor prototype')).toEqual([2, 60, 61, 3])
  })

  test.each<[string, (content: Json) => void, unknown, RegExp]>([
    ['a model of another kind', (c) => (c.model.type = 'Bytes'), {}, /tokenizer.json:model.type: "Bytes"; expected .*WordPiece/],
    ['merges that are missing', (c) => (c.model.type = 'BPE'), {}, /tokenizer.json:model.merges: missing/],
    ['no model', (c) => delete c.model, {}, /tokenizer.json:model: missing/],
    ['a vocabulary with a wrong id', (c) => (c.model.vocab.bal = -1), {}, /model.vocab/],
    [
      'a normalizer unknown to the library',
      (c) => (c.normalizer = { type: 'Magic' }),
      {},
      /tokenizer.json: .*Normalizer.*; expected a tokenizer that/,
    ],
    ['a config that is a list', () => {}, [], /tokenizer_config.json/],
    [
      'merges that are drawn anew for every text',
      (c) => (c.model = { type: 'BPE', vocab: {}, merges: [], dropout: 0.1 }),
      {},
      /model.dropout: 0.1; expected no dropout/,
    ],
    [
      'an id that the library would not keep',
      (c) => c.added_tokens.push({ ...c.added_tokens[0], id: 99, content: '<x>' }),
      {},
      /id 99 for "<x>"; expected 60/,
    ],
  ])('with %s are refused', async (_, change, config, message) => {
    const directory = variant(change, config)
    await expect(loadTokenizer(directory)).rejects.toThrow(message)
    await expect(loadTokenizer(directory)).rejects.toThrow(InputError)
  })

  test('that are missing or not JSON are refused', async () => {
    const directory = variant(() => {})
    writeFileSync(join(directory, 'tokenizer.json'), '{')
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer.json: not JSON/)
    rmSync(join(directory, 'tokenizer.json'))
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer.json: no such file/)
  })

  test('with ids beyond the word embeddings are refused', async () => {
    const larger = variant((content) => (content.model.vocab.extra = 60))
    const check = async (directory: string): Promise<void> =>
      checkVocabulary(directory, await loadTokenizer(directory), readConfig(directory))
    await check(tiny)
    await expect(check(larger)).rejects.toThrow(/ids up to 60; expected ids below vocab_size 60/)
  })

  test('a text with an unknown word is refused where the vocabulary has no token for it', async () => {
    const directory = variant(
      (content) => (content.model = { type: 'WordLevel', unk_token: '<none>', vocab: { ...content.model.vocab, zz: 60 } }),
    )
    await expect(idsOf(directory, 'ball qqq')).rejects.toThrow(/tokenizer.json: WordLevel error: Missing/)
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
  test('gives the ids that an independent WordPiece gives', async () => {
    const directory = join(shared, 'models/encoder')
    const tokenizer = await loadTokenizer(directory)
    checkVocabulary(directory, tokenizer, readConfig(directory))
    const rows = await tokenizer.encode(
      REAL_ROWS.map(([text]) => ({ text })),
      { maxLength: 16 },
    )
    expect(rows.map(({ ids }) => [...ids])).toEqual(REAL_ROWS.map(([, ids]) => ids))
  })
})

test.skipIf(!existsSync(join(shared, 'inputs')))(
  'digits of any script stand alone where the file says so (skipped without ../shared/inputs)',
  async () => {
    const directory = join(shared, 'inputs/tokenizer-digits')
    const { model } = JSON.parse(readFileSync(join(directory, 'tokenizer.json'), 'utf8')) as Json
    const names = new Map(Object.entries<number>(model.vocab).map(([word, id]) => [id, word]))
    const [ids] = await (await loadTokenizer(directory)).tokens(['add ½ cup'])
    expect(ids!.map((id) => names.get(id)).join('|')).toMatch(/^a\|d\|d\|Ġ\|Â½\|/)
  },
)
