/** Files of a model: weights, config, tokenizer. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Reader } from '#main/reading/reader.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { readConfig } from '../../../src-main/models/config.ts'
import { openCheckpoint } from '../../../src-main/models/safetensors/checkpoint.ts'
import { safetensorsBytes } from '../../../src-main/models/safetensors/write.ts'
import { mutatedBytes, mutatedJson } from '../mutate.ts'
import type { FuzzedReader } from '../reader.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const ORACLES = join(ROOT, 'tests/oracles')

const TENSORS = [
  ['a.weight', { dtype: 'F32', shape: [2, 3], data: new Float32Array(6) }],
  ['a.bias', { dtype: 'F32', shape: [3], data: new Float32Array([1, 2, 3]) }],
  ['b.weight', { dtype: 'F32', shape: [4, 1, 2], data: new Float32Array(8) }],
] as const

/** The header's length, the header as JSON, the data: each may be wrong, mostly with the others right. */
export const safetensors: FuzzedReader = {
  seeds: () => [safetensorsBytes(TENSORS), safetensorsBytes([])],
  mutate(input, stream) {
    const bytes = Buffer.from(input)
    if (bytes.length < 8 || stream.below(5) === 0) return mutatedBytes(bytes, stream)
    const length = Math.min(Number(bytes.readBigUInt64LE(0)), bytes.length - 8)
    const text = bytes.subarray(8, 8 + length)
    const header = Buffer.from(mutatedJson(text, stream))
    const first = Buffer.alloc(8)
    first.writeBigUInt64LE(BigInt(header.length))
    return Buffer.concat([first, header, bytes.subarray(8 + length)])
  },
  read(input, directory) {
    writeFileSync(join(directory, 'model.safetensors'), input)
    const checkpoint = openCheckpoint(directory)
    try {
      for (const [name, { dtype, byteLength }] of checkpoint.tensors) {
        checkpoint.readInto(name, new Uint8Array(byteLength))
        if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') checkpoint.readFloats(name, new Float32Array(Math.min(1, byteLength)))
      }
    } finally {
      checkpoint.close()
    }
  },
}

export const config: FuzzedReader = {
  seeds: () =>
    readdirSync(join(ORACLES, 'models'))
      .map((name) => join(ORACLES, 'models', name, 'config.json'))
      .concat(join(ORACLES, 'bert-tiny/config.json'))
      .map((path) => readFileSync(path)),
  mutate: mutatedJson,
  read(input, directory) {
    writeFileSync(join(directory, 'config.json'), input)
    readConfig(directory)
  },
}

const TEXTS = ['bal mela nor', '', 'Zu  12,345.678 \ud83d\ude00 \u0130x', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!']

/** Through the process that reads files of others, as the lab does: a file that would end it is refused. */
let reader: Reader | null = null
export const tokenizer: FuzzedReader = {
  seeds: () => [readFileSync(join(ORACLES, 'bert-tiny/tokenizer.json')), ...written.map((value) => Buffer.from(JSON.stringify(value)))],
  mutate: mutatedJson,
  async read(input, directory) {
    reader ??= new Reader(sourceResources(ROOT), { patienceSeconds: 4, memoryBytes: 2 ** 30 })
    writeFileSync(join(directory, 'tokenizer.json'), input)
    await reader.read('encode', { directory, texts: TEXTS, maxLength: 16 }, directory)
  },
  close: async () => reader?.close(),
}

const token = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})
const written = [
  {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [token(0, '<pad>'), token(1, '</s>')],
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: '\\p{N}{1,3}|\\s+|[^\\s\\p{N}]+' }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: { '<pad>': 0, '</s>': 1, a: 2, b: 3, l: 4, al: 5, bal: 6, m: 7, e: 8, n: 9, o: 10, r: 11 },
      merges: ['a l', 'b al'],
    },
  },
  {
    version: '1.0',
    added_tokens: [token(0, '<unk>')],
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
    model: {
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['<unk>', 0],
        ['\u2581bal', -2],
        ['me', -3],
        ['la', -3.5],
        ['\u2581', -4],
        ['a', -5],
      ],
      byte_fallback: false,
    },
  },
]
