import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, test } from 'vitest'
import { kindOfFile } from '#main/data/file-kinds.ts'
import { phoneAvailability } from '#main/lab/phone-availability.ts'
import { readTrace } from '#main/reading/read-trace.ts'
import { openCheckpoint, openFile } from '#main/models/safetensors/checkpoint.ts'
import { readJsonObject } from '#main/models/safetensors/json-file.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
/** What `pickle.dumps({1: {'active': [0], 'inactive': [5]}}, protocol)` writes, shortened. */
const PICKLE = Buffer.from([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x94, 0x4b, 1, 0x5d, 0x73, 0x2e])
const OLD_PICKLE = '(dp0\nI1\nI2\ns.'
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 267844284\n'
const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['a b'], type: 'STRING' }] }))

const kinds: [what: string, bytes: Buffer, words: RegExp][] = [
  ['a pickle', PICKLE, /a pickled object of Python/],
  ['a pickle of protocol 0', latin(OLD_PICKLE), /a pickled object of Python/],
  ['a pickle of protocol 1', latin('}q\0K\x01}q\x01s.'), /a pickled object of Python/],
  ['an old Feather file', latin('FEA1\0\0\0\0'), /Feather file of version 1/],
  ['a checkpoint of PyTorch', latin('PK\x03\x04\0\0 archive/data.pkl\0\x80\x02}'), /a checkpoint of PyTorch/],
  ['arrays of NumPy', latin('PK\x03\x04\0\0 arr_0.npy\0'), /NumPy \(npz\)/],
  ['an array of NumPy', latin('\x93NUMPY\x01\0'), /NumPy \(npy\)/],
  ['a workbook', latin('PK\x03\x04\0\0[Content_Types].xml\0 xl/workbook.xml'), /Excel \(xlsx\)/],
  ['an old workbook', latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0'), /Excel \(xls\)/],
  ['a zip archive', latin('PK\x03\x04\0\0 train.csv'), /a zip archive; expected the files in it, unpacked/],
  ['a tar archive', Buffer.concat([Buffer.alloc(257), latin('ustar\0'), Buffer.alloc(250)]), /a tar archive/],
  ['a database', latin('SQLite format 3\0\x10'), /an SQLite database/],
  ['HDF5', latin('\x89HDF\r\n\x1a\n\0'), /an HDF5 file/],
  ['GGUF', latin('GGUF\x03\0\0\0'), /a GGUF file/],
  ['a pointer of Git LFS', latin(LFS), /a pointer of Git LFS in place of the file; expected the file itself/],
  ['a page of the web', latin('<!DOCTYPE html>\n<html>'), /a page of the web/],
  ['parquet under another name', parquet, /a parquet file; expected the extension \.parquet/],
  ['safetensors', latin('\x20\0\0\0\0\0\0\0{"a":{}}'), /a safetensors file/],
]

describe('a file that is no table is named', () => {
  test.each(kinds)('%s', (_, bytes, words) => {
    for (const name of ['a.csv', 'a.tsv', 'a.txt', 'a.jsonl', 'a.json']) expect(refusal({ path: files.file(name, bytes) })).toMatch(words)
    expect(refusal({ path: files.file('a.csv.gz', gzipSync(bytes)) })).toMatch(words)
    // Under a name of its own, too, rather than that name's extension.
    expect(refusal({ path: files.file('a.bin', bytes) })).toMatch(words)
    if (bytes !== parquet) for (const name of ['a.parquet', 'a.arrow']) expect(refusal({ path: files.file(name, bytes) })).toMatch(words)
  })

  test('and a text that begins like one is read', () => {
    for (const first of ['GGUF,label', 'ORC,label', 'PAR1,label', '(dp0,label', 'PK,label', '"<html>",label', 'version https://x,label']) {
      expect(kindOfFile(latin(`${first}\nsome words.`))).toBeNull()
    }
  })
})

describe('where a model, an adapter or a trace is expected', () => {
  test('weights of another kind under the name of safetensors are named', () => {
    for (const [, bytes, words] of kinds.filter(([what]) => what !== 'safetensors')) {
      const folder = files.folder({ 'model.safetensors': bytes })
      const line = new RegExp(words.source.split(';')[0]!)
      expect(() => openCheckpoint(folder)).toThrow(line)
      expect(() => openFile(`${folder}/model.safetensors`)).toThrow(line)
    }
    expect(() => openFile(files.file('w.safetensors', PICKLE))).toThrow(/expected a safetensors file, as save_pretrained/)
    expect(() => openFile(files.file('w.safetensors', LFS))).toThrow(/git lfs pull/)
    // A damaged one is told by its damage.
    expect(() => openFile(files.file('w.safetensors', latin('\x20\0\0\0\0\0\0\0{"a":{}}')))).toThrow(/header length/)
  })

  test('a pointer in place of a tokenizer or a config is named', () => {
    expect(() => readJsonObject(files.file('tokenizer.json', LFS), 1000, 'a tokenizer')).toThrow(/a pointer of Git LFS.*git lfs pull/)
  })

  test('the pickles of FedScale come with what turns them into what is read', () => {
    const path = files.file('client_behave_trace', PICKLE)
    const scenario = parseScenario(
      {
        model: { checkpoint: 'm' },
        data: { train: { path: 'a.csv' } },
        fleet: [{ profile: 'pixel-4', count: 2 }],
        federation: { availability: { kind: 'trace', path } },
      },
      'test',
    )
    expect(() => phoneAvailability(scenario, ['pixel-4-1', 'pixel-4-2'])).toThrow(
      /a pickled object of Python; expected lines phone,from,to; of a trace of FedScale, by python3 -c "import pickle; ids='pixel-4-1 pixel-4-2'\.split/,
    )
    expect(() => readTrace(path)).toThrow(/a pickled object of Python; expected csv with the columns .*FedScale's device capacities/)
  })
})
