import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Tokenizer as Library } from 'tokenizers'
import { afterAll, describe, expect, test } from 'vitest'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import type { RowTokens } from '#main/models/tokenizer/tokenizer.ts'
import { Directories, KINDS, UNIGRAM, anyText } from './directories.ts'

const directories = new Directories()
afterAll(() => directories[Symbol.dispose]())
const shared = join(import.meta.dirname, '../../../../../shared/data')

const WORDS = ['the', ' the ', 'ball', 'Balling', '[SEP]', '<|begin|>', '</s>', ' ', '!', '½', '١٢', 'ΟΔΟΣ', '𝔘𝔫', 'e\u0301', '中文']
const STRINGS = 10_000
/** The same in every run: what is tried is as much as is promised. */
const generated = fc.sample(anyText(WORDS), { numRuns: STRINGS, seed: 15 })

/** Texts of a file's lines, whatever columns they have. */
function lines(name: string): string[] {
  const path = join(shared, name)
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, 1000) : []
}

/** What the library gives of a text, or two, before it is cut. */
interface Whole {
  readonly ids: readonly number[]
  readonly types: readonly number[]
  /** Which text a token is of; null for a special one. */
  readonly of: readonly (number | null)[]
}

async function whole(library: Library, text: string, pair?: string): Promise<Whole> {
  const encoding = await library.encode(text, pair ?? null)
  return { ids: encoding.getIds(), types: encoding.getTypeIds(), of: encoding.getSequenceIds().map((of) => of ?? null) }
}

/**
 * Longest first, one token at a time: the longer text loses one until all fit. @param tie of equal ones the first loses it, or else the
 * second: which, depends in the library on how many tokens of a text it looked at
 */
function cut({ ids, types, of }: Whole, most: number, side: 'left' | 'right', tie: 0 | 1): Omit<Whole, 'of'> {
  const lengths = [0, 1].map((text) => of.filter((own) => own === text).length) as [number, number]
  const [first, second] = lengths
  for (let over = ids.length - most; over > 0; over--) {
    const from = lengths[0] === lengths[1] ? tie : lengths[0] > lengths[1] ? 0 : 1
    lengths[from]--
  }
  const seen = [0, 0] as [number, number]
  const kept = of.map((own) => {
    if (own === null) return true
    const at = seen[own as 0 | 1]++
    const length = own === 0 ? first : second
    return side === 'right' ? at < lengths[own as 0 | 1] : at >= length - lengths[own as 0 | 1]
  })
  return { ids: ids.filter((_, i) => kept[i]), types: types.filter((_, i) => kept[i]) }
}

const plain = ({ ids, types }: RowTokens): Omit<Whole, 'of'> => ({ ids: [...ids], types: types ? [...types] : Array.from(ids, () => 0) })

describe.each(Object.entries(KINDS))('%s', async (_kind, file) => {
  const tokenizer = await loadTokenizer(directories.make({ 'tokenizer.json': file }))
  const left = await loadTokenizer(directories.make({ 'tokenizer.json': file, 'tokenizer_config.json': { truncation_side: 'left' } }))
  const library = Library.fromString(JSON.stringify(file))

  test.each([
    ['10,000 generated texts over all of Unicode', generated],
    ['the texts of AG News (none without ../shared/data)', lines('ag_news/train.tsv')],
    ['the texts of SST-2 (none without ../shared/data)', [...lines('sst2/train.tsv'), ...lines('sst2/dev.tsv')]],
  ])('%s become the tokens that the library gives', async (_texts, texts) => {
    const rows = await tokenizer.encode(texts.map((text) => ({ text })))
    const expected = await library.encodeBatch([...texts])
    const different = rows.findIndex(({ ids }, i) => ids.join() !== expected[i]!.getIds().join())
    expect(different < 0 ? null : [texts[different], ...rows[different]!.ids]).toBeNull()
  })

  test('pairs and cuts from either side are the library’s, cut longest first', async () => {
    const text = anyText(WORDS)
    const most = fc.integer({ min: tokenizer.frameLength.pair + 1, max: 24 })
    await fc.assert(
      fc.asyncProperty(text, fc.option(text, { nil: undefined }), most, async (a, b, maxLength) => {
        const all = await whole(library, a, b)
        for (const [side, own] of [
          ['right', tokenizer],
          ['left', left],
        ] as const) {
          const [row] = await own.encode([{ text: a, pair: b }], { maxLength })
          expect([cut(all, maxLength, side, 0), cut(all, maxLength, side, 1)]).toContainEqual(plain(row!))
          library.setTruncation(maxLength, { direction: side, strategy: 'LongestFirst' as never })
          const its = await library.encode(a, b ?? null)
          expect(plain(row!)).toEqual({ ids: its.getIds(), types: its.getTypeIds() })
          library.disableTruncation()
        }
        expect(plain((await tokenizer.encode([{ text: a, pair: b }]))[0]!)).toEqual({ ids: all.ids, types: all.types })
      }),
      { numRuns: 200 },
    )
  })

  test('tokens alone are those of a row without the special ones', async () => {
    const some = generated.slice(0, 200)
    const expected = await library.encodeBatch(some, { addSpecialTokens: false })
    expect(await tokenizer.tokens(some)).toEqual(expected.map((encoding) => encoding.getIds()))
  })
})

test('a row that goes on has no special tokens behind its text', async () => {
  const tokenizer = await loadTokenizer(directories.make({ 'tokenizer.json': UNIGRAM }))
  const [open] = await tokenizer.encode([{ text: 'the the a' }], { open: true, maxLength: 2 })
  expect([...open!.ids]).toEqual([4, 4])
  const [closed] = await tokenizer.encode([{ text: 'the the a' }], { maxLength: 2 })
  expect([...closed!.ids]).toEqual([4, 1])
})
