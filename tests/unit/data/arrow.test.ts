import {
  Field,
  LargeUtf8,
  List,
  RecordBatchStreamWriter,
  Struct,
  Table,
  Utf8,
  tableFromArrays,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow'
import * as flechette from '@uwdata/flechette'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { readExamples } from '#main/data/read-table.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

const FEATURES = { text: { dtype: 'string', _type: 'Value' }, label: { names: ['neg', 'pos'], _type: 'ClassLabel' } }
const TEXTS = ['a film', 'zoë', 'the end']

function stream(texts: readonly string[], labels: readonly number[]): Uint8Array {
  return tableToIPC(tableFromArrays({ text: [...texts], label: Int32Array.from(labels) }), 'stream')
}

describe('an Arrow file of another writer', () => {
  test.each(['stream', 'file'] as const)('is read in its %s form', (form) => {
    const bytes = tableToIPC(tableFromArrays({ text: TEXTS, label: Int32Array.of(1, 0, 1) }), form)
    const { texts, labels, lines } = readExamples({ path: files.file('a.arrow', bytes) })
    expect([texts, labels, lines]).toEqual([TEXTS, ['1', '0', '1'], [1, 2, 3]])
  })

  test('with several batches, large strings, lists of words, records and 64-bit numbers', () => {
    const table = (from: number): Table =>
      new Table({
        text: vectorFromArray(
          TEXTS.map((text) => `${text} ${from}`),
          new LargeUtf8(),
        ),
        tokens: vectorFromArray([['a', 'b'], ['c'], ['d', 'e']], new List(new Field('item', new Utf8()))),
        translation: vectorFromArray([{ en: 'one' }, { en: 'two' }, { en: 'three' }], new Struct([new Field('en', new Utf8())])),
        label: vectorFromArray([0n, 1n, 1n]),
      })
    const writer = new RecordBatchStreamWriter()
    for (const from of [0, 1]) for (const batch of table(from).batches) writer.write(batch)
    writer.finish()
    const path = files.file('a.arrow', writer.toUint8Array(true))
    expect(readExamples({ path, text: 'text', label: 'label' })).toMatchObject({
      texts: [...TEXTS.map((text) => `${text} 0`), ...TEXTS.map((text) => `${text} 1`)],
      labels: ['0', '1', '1', '0', '1', '1'],
    })
    expect(readExamples({ path, text: 'tokens', label: 'label' }).texts.slice(0, 3)).toEqual(['a b', 'c', 'd e'])
    expect(readExamples({ path, text: 'translation.en', label: 'label' }).texts.slice(0, 3)).toEqual(['one', 'two', 'three'])
  })

  test('with dictionaries', () => {
    const columns = { text: flechette.utf8(), label: flechette.dictionary(flechette.utf8()) }
    const table = flechette.tableFromArrays({ text: TEXTS, label: ['x', 'y', 'x'] }, { types: columns })
    expect(readExamples({ path: files.file('a.arrow', flechette.tableToIPC(table, { format: 'stream' })!) }).labels).toEqual([
      'x',
      'y',
      'x',
    ])
  })

  test('that is damaged or no Arrow at all is refused in one line', () => {
    const whole = stream(TEXTS, [0, 1, 0])
    for (const bytes of [whole.subarray(0, 50), whole.subarray(0, -8), Buffer.from('text,label\na,b\n'), new Uint8Array(0)]) {
      expect(refusal({ path: files.file('a.arrow', bytes) })).toMatch(/a\.arrow: .*expected an Arrow file/)
    }
  })

  test('gives back any rows', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => one.trim() !== '')
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.nat({ max: 5 })), { minLength: 1, maxLength: 20 }), (rows) => {
        const path = files.file(
          'p.arrow',
          stream(
            rows.map(([one]) => one),
            rows.map(([, label]) => label),
          ),
          'property',
        )
        const table = readExamples({ path, text: 'text', label: 'label' })
        expect([table.texts, table.labels]).toEqual([rows.map(([one]) => one), rows.map(([, label]) => String(label))])
      }),
      { numRuns: 60 },
    )
  })
})

describe('a folder of save_to_disk', () => {
  const state = (...names: string[]): string =>
    JSON.stringify({ _data_files: names.map((filename) => ({ filename })), _fingerprint: '0', _format_type: null, _split: 'train' })
  const info = JSON.stringify({ features: FEATURES })
  const train = {
    'data-00000-of-00002.arrow': stream(['a', 'b'], [1, 0]),
    'data-00001-of-00002.arrow': stream(['c'], [1]),
    'state.json': state('data-00001-of-00002.arrow', 'data-00000-of-00002.arrow'),
    'dataset_info.json': info,
  }

  test('is read in the order of its state, with the names of its classes', () => {
    const { texts, labels, classNames } = readExamples({ path: files.folder(train) })
    expect({ texts, labels, classNames }).toEqual({ texts: ['c', 'a', 'b'], labels: ['pos', 'pos', 'neg'], classNames: ['neg', 'pos'] })
  })

  test('with splits gives the one that is asked for', () => {
    const within = Object.fromEntries(Object.entries(train).map(([name, content]) => [`train/${name}`, content]))
    const tested = {
      'test/d.arrow': stream(['t'], [0]),
      'test/state.json': state('d.arrow').replace('"train"', '"test"'),
      'test/dataset_info.json': info,
    }
    const path = files.folder({ ...within, ...tested, 'dataset_dict.json': '{"splits": ["train", "test"]}' })
    expect(readExamples({ path, split: 'test' }).texts).toEqual(['t'])
    expect(readExamples({ path, split: 'train' }).texts).toEqual(['c', 'a', 'b'])
    expect(refusal({ path })).toMatch(/the splits "train", "test"; expected one of them: --split/)
    expect(refusal({ path, split: 'dev' })).toMatch(/no split "dev"; expected one of "train", "test"/)
  })

  test('saved with a selection of rows gives these rows in their order', () => {
    const chosen = tableToIPC(new Table({ indices: vectorFromArray([2n, 0n]) }), 'stream')
    const selected = { ...JSON.parse(train['state.json']), _indices_files: [{ filename: 'indices.arrow' }] } as object
    const path = files.folder({ ...train, 'state.json': JSON.stringify(selected), 'indices.arrow': chosen })
    expect(readExamples({ path }).texts).toEqual(['b', 'c'])
  })

  test('that names files elsewhere, or none, is refused', () => {
    expect(refusal({ path: files.folder({ ...train, 'state.json': state('../x.arrow') }) })).toMatch(/files without a plain name/)
    expect(refusal({ path: files.folder({ ...train, 'state.json': state() }) })).toMatch(/no _data_files/)
    expect(refusal({ path: files.folder({ ...train, 'state.json': '{' }) })).toMatch(/can't be read/)
    expect(refusal({ path: files.folder({ ...train, 'state.json': state('gone.arrow') }) })).toMatch(/gone\.arrow: no such file/)
  })
})
