import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { NO_HEAD, classesOf } from '#main/data/classes.ts'
import { classify } from '#main/data/classify.ts'
import { readExamples } from '#main/data/read-table.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

const ROWS = 'text,label\nsome words,1\nmore words,0\nno words,2\n'
const NAMES = ['pos', 'neg', 'mixed']
const asMap = (names: readonly string[]): string => names.map((name, i) => `          '${i}': ${JSON.stringify(name)}\n`).join('')
const asList = (names: readonly string[]): string => names.map((name) => `        - ${JSON.stringify(name)}\n`).join('')
const features = (names: string, indent = ''): string =>
  `  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n      class_label:\n        names:\n${names}`
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
    .join('\n')
const card = (info: string): string => `---\nlicense: mit\ndataset_info:\n${info}---\n# A data set\n`
const infos = (names: readonly string[]): string =>
  JSON.stringify({ default: { features: { text: { _type: 'Value' }, label: { names, _type: 'ClassLabel' } } } })

const labelsOf = (path: string, more: object = {}) => readExamples({ path, ...more }).labels

describe('the names of classes that lie beside data', () => {
  test.each<[string, Record<string, string>, string]>([
    ['in a card, by number', { 'README.md': card(features(asMap(NAMES))), 'data/train.csv': ROWS }, ''],
    ['in a card, as a list', { 'README.md': card(features(asList(NAMES))), 'data/train.csv': ROWS }, ''],
    ['in a card beside the file', { 'README.md': card(features(asMap(NAMES))), 'train.csv': ROWS }, '/train.csv'],
    ['in a card of Windows', { 'README.md': card(features(asMap(NAMES))).replaceAll('\n', '\r\n'), 'train.csv': ROWS }, ''],
    ['in dataset_infos.json', { 'dataset_infos.json': infos(NAMES), 'train.csv': ROWS }, ''],
    [
      'for jsonl',
      { 'dataset_infos.json': infos(NAMES), 'train.jsonl': [1, 0, 2].map((label) => JSON.stringify({ text: 'a b', label })).join('\n') },
      '',
    ],
  ])('count: %s', (_, content, path) => {
    expect(labelsOf(files.folder(content) + path)).toEqual(['neg', 'pos', 'mixed'])
  })

  test('give the order of the outputs, whatever the order of their letters', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(NAMES, { minLength: 3 }), (names) => {
        const table = readExamples({ path: files.folder({ 'README.md': card(features(asMap(names))), 'train.csv': ROWS }) })
        const head = { names: NAMES, outputs: 3 }
        expect([...classify(table, classesOf(head, table)).indices]).toEqual([1, 0, 2].map((number) => NAMES.indexOf(names[number]!)))
        expect(classesOf(NO_HEAD, table).labels).toEqual(names)
      }),
      { numRuns: 20 },
    )
  })

  test('are those of the configuration that the folder is called after', () => {
    const two = `- config_name: a\n${features(asMap(['x', 'y', 'z']))}- config_name: b\n${features(asMap(NAMES))}`
    const path = files.folder({ 'README.md': card(two), 'b/train.csv': ROWS, 'c/train.csv': ROWS })
    expect(labelsOf(`${path}/b`)).toEqual(['neg', 'pos', 'mixed'])
    expect(refusal({ path: `${path}/c` })).toMatch(
      /README\.md: 2 configurations whose classes of "label" differ; expected the files in a folder named as one of them: a, b/,
    )
  })

  test.each<[string, Record<string, string>]>([
    ['no front matter', { 'README.md': '# A project\n' }],
    ['front matter about something else', { 'README.md': '---\nlicense: mit\n---\n' }],
    ['front matter that is no YAML', { 'README.md': '---\n: [\n---\n' }],
    ['classes of another column', { 'README.md': card(features(asMap(NAMES))).replace('name: label', 'name: other') }],
    ['names in pieces', { 'README.md': card(features("          '0': a\n          '7': b\n")) }],
  ])('are none: %s', (_, content) => {
    expect(labelsOf(files.folder({ ...content, 'train.csv': ROWS }))).toEqual(['1', '0', '2'])
  })
})
