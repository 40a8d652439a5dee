import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Workspace, checkpoint, jsonOf, oracle, oracleRows, runCli, workspace } from './run-cli.ts'

/** Class names whose numbers are not the order of their letters. */
const NAMES = ['zero', 'one', 'two']
const FEATURES = { text: { dtype: 'string', _type: 'Value' }, label: { names: NAMES, _type: 'ClassLabel' } }
const texts = oracleRows().map((row) => row.split('\t')[0]!)
const { labels } = oracle.batch
const words = labels.map((label) => NAMES[label]!)

let folder: Workspace
beforeAll(() => {
  folder = workspace()
  checkpoint(folder, 'nameless', { config: { id2label: undefined, label2id: undefined } })
  checkpoint(folder, 'named', { config: { id2label: { 0: 'Zero', 1: 'One', 2: 'Two' }, label2id: undefined } })
  const columnData = [
    { name: 'text', data: texts, type: 'STRING' as const },
    { name: 'label', data: labels.map(BigInt), type: 'INT64' as const },
  ]
  const kvMetadata = [{ key: 'huggingface', value: JSON.stringify({ info: { features: FEATURES } }) }]
  folder.file('names.parquet', new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata })))
  folder.file('saved/d.arrow', tableToIPC(tableFromArrays({ text: texts, label: Int32Array.from(labels) }), 'stream'))
  folder.file('saved/state.json', JSON.stringify({ _data_files: [{ filename: 'd.arrow' }] }))
  folder.file('saved/dataset_info.json', JSON.stringify({ features: FEATURES }))
  folder.file('words.csv', `text,label\n${texts.map((text, i) => `${text},${words[i]}\n`).join('')}`)
  folder.file('from-1.tsv', texts.map((text, i) => `${labels[i]! + 1}\t${text}\n`).join(''))
  folder.file('points.json', JSON.stringify(texts.map((text, i) => ({ text, label: `${labels[i]}.0` }))))
  folder.file('excel.csv', Buffer.from(`\uFEFFtext,label\r\n${texts.map((text, i) => `${text},${labels[i]}\r\n`).join('')}`, 'utf16le'))
  folder.file(
    'latin.csv',
    Buffer.from(`text,label\n${texts.map((text, i) => `${text},${labels[i]}\n`).join('')}w7 caf\xe9,-\n,1\n`, 'latin1'),
  )
  folder.file('four.tsv', texts.map((text, i) => `id${i}\t${labels[i]}\t\t${text}\n`).join(''))
})
afterAll(() => folder[Symbol.dispose]())

describe('the same rows give the same loss, however they are written', () => {
  test.concurrent.each<[string, string, string[]]>([
    ['class names in the order of their numbers', 'nameless', ['names.parquet']],
    ['a folder of save_to_disk', 'nameless', ['saved']],
    ["names in another case under the model's own", 'named', ['words.csv']],
    ['words with their order given', 'nameless', ['words.csv', '--classes', 'zero,one,two']],
    ['numbers from 1 before the text', 'named', ['from-1.tsv']],
    ['numbers with a point in an array', 'nameless', ['points.json']],
    ['UTF-16 of Excel', 'named', ['excel.csv']],
    ['Latin-1 with rows that are left out', 'nameless', ['latin.csv', '--encoding', 'latin-1', '--on-bad-row', 'skip']],
    ['four columns without a header', 'nameless', ['four.tsv', '--text', '3', '--label', '1']],
  ])('%s', async (_, model, data) => {
    const result = jsonOf<{ loss: number; rows: number; classes: { rows: number }[]; skipped: object[] }>(
      await runCli(folder.directory, ['eval', '--model', model, '--data', ...data, '--json']),
    )
    expect(result.loss).toBeCloseTo(oracle.classification.loss, 5)
    expect(result.rows).toBe(4)
    expect(result.classes.map(({ rows }) => rows)).toEqual([0, 1, 2].map((index) => labels.filter((label) => label === index).length))
    expect(result.skipped).toHaveLength(data.includes('skip') ? 2 : 0)
  })
})

describe('what can not be known is asked for', () => {
  test.concurrent.each<[string, string[], RegExp]>([
    ['words for a head without names', ['words.csv'], /for a head of 3 outputs that has no names for them; .*--classes/],
    ['columns without a header', ['four.tsv'], /four\.tsv: 4 columns without a header; the first row is 0: id0 .*--text and --label/],
    ['an encoding', ['latin.csv'], /latin\.csv:6: bytes that are not UTF-8; the file looks like Windows-1252; .*--encoding windows-1252/],
    ['a way with bad rows that there is not', ['words.csv', '--on-bad-row', 'drop'], /--on-bad-row: "drop"; expected "refuse", "skip"/],
  ])('%s', async (_, data, line) => {
    const { code, stdout, stderr } = await runCli(folder.directory, ['eval', '--model', 'nameless', '--data', ...data])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: [^\n]+; expected [^\n]+\n$/)
    expect(stderr).toMatch(line)
  })
})
