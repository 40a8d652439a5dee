import { readFileSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import type { MatrixForm } from '#main/engine/onnx/graph.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { blockForward, blockTangents } from '#main/models/graphs.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, blockBytes, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { distance, kernelBytes, oraclesDirectory, randomVector, tinyDirectory, tinyHalfDirectory } from '../training/tiny.ts'
import { Variants, without } from './model-variants.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-forms-'))
const variants = new Variants()
afterAll(() => {
  for (const path of [directory, variants.directory]) rmSync(path, { recursive: true, force: true })
})

const NARROW = ['fp16', 'int8'] as const
const TABLE = 'embeddings.word_embeddings.weight'
const IDS = Int32Array.of(5, 0, 59, 5, 5, 7)

function streamed(model: Model, form: MatrixForm, withKernels = true): StreamedWeights {
  const arena = new Arena(streamedBytes(model, form))
  const weights = new StreamedWeights(model, arena, { form, ...(withKernels && { kernels: loadKernels(arena.memory, kernelBytes) }) })
  expect(arena.usedBytes).toBe(streamedBytes(model, form))
  return weights
}

/** The model as a phone opens it, from a converted file. */
function converted(form: MatrixForm, checkpoint = tinyDirectory): Model {
  return new Model(checkpoint, 1, frozenWeights(checkpoint, form, directory).file)
}

/** Feeds with narrow matrices as the floats they stand for, by their definition. */
function widened(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).flatMap(([name, { data, dims }]) => {
      if (name.endsWith('.scale')) return []
      if (data instanceof Int8Array) {
        const scales = feeds[`${name}.scale`]!.data as Float32Array
        return [[name, { data: Float32Array.from(data, (q, i) => scales[Math.floor(i / dims[1]!)]! * q), dims }]]
      }
      if (data instanceof Uint16Array) return [[name, { data: Float32Array.from(data, halfValue), dims }]]
      return [[name, { data, dims }]]
    }),
  )
}

function halfValue(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

function copied(feeds: Feeds): Feeds {
  return Object.fromEntries(Object.entries(feeds).map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]))
}

function rowsOf(weights: { embeddingRows(table: string, ids: Int32Array, out: Float32Array): void }): Float32Array {
  const out = new Float32Array(IDS.length * 16)
  weights.embeddingRows(TABLE, IDS, out)
  return out
}

describe.each(NARROW)('frozen weights in %s', (form) => {
  test('streamed from a converted file are those resident in the cloud, in any order of layers', () => {
    using model = converted(form)
    const weights = streamed(model, form)
    const resident = new ResidentWeights(model, { rounding: form })
    for (const layer of [0, 1, 1, 0]) expect(widened(weights.block(layer))).toEqual(resident.block(layer))
    expect(widened(weights.pooler())).toEqual(resident.pooler())
    expect(weights.embeddingNorm()).toEqual(resident.embeddingNorm())
    expect(rowsOf(weights)).toEqual(rowsOf(resident))
  })

  test('are the same from the checkpoint itself, with and without kernels', () => {
    using model = converted(form)
    using plain = new Model(tinyDirectory, 1)
    const wanted = streamed(model, form)
    for (const other of [streamed(plain, form), streamed(model, form, false)]) {
      expect(copied(other.block(1))).toEqual(copied(wanted.block(1)))
      expect(rowsOf(other)).toEqual(rowsOf(wanted))
    }
    expect(new ResidentWeights(plain, { rounding: form }).block(1)).toEqual(new ResidentWeights(model).block(1))
  })

  test('have a pooler drawn from the seed in the same form', () => {
    const bare = variants.make(without((name) => name.startsWith('bert.pooler')))
    using model = converted(form, bare)
    expect(model.fresh).toHaveLength(2)
    const weights = streamed(model, form)
    const pooler = widened(weights.pooler())
    expect(pooler).toEqual(new ResidentWeights(model, { rounding: form }).pooler())
    weights.block(0)
    expect(widened(weights.pooler())).toEqual(pooler)
  })

  test('give a block the output that the float32 graph gives with the widened matrices', async () => {
    using model = converted(form)
    const { architecture, config } = model
    const weights = streamed(model, form).block(1)
    using narrow = await GraphSession.create(blockForward(architecture, config, null, false, form), 'narrow')
    using wide = await GraphSession.create(blockForward(architecture, config, null), 'wide')
    const x = { data: randomVector(2 * 3 * 5 * 16, 1), dims: [2, 3, 5, 16] }
    const mask = { data: new Float32Array(15), dims: [3, 1, 1, 5] }
    const found = (await narrow.run({ x, mask, ...weights }))['output']!.data
    const wanted = (await wide.run({ x, mask, ...widened(weights) }))['output']!.data
    expect(distance(found, wanted)).toBeLessThan(1e-5)
    const other = (await wide.run({ x, mask, ...new ResidentWeights(new Model(tinyDirectory, 1)).block(1) }))['output']!.data
    expect(distance(found, other)).toBeGreaterThan(1e-6)
  })

  test('enter tangents as constants that no part hands to another', () => {
    using model = converted(form)
    const { architecture, config } = model
    const adapter = blockAdapter(architecture, config, { kind: 'lora', rank: 2, alpha: 4, targets: ['query'] })
    const names = (of: MatrixForm): string[] => blockTangents(architecture, config, adapter, of).residuals.map(({ name }) => name)
    expect(names(form)).toEqual(names('fp32'))
  })
})

test('a block takes half the bytes in fp16, and a quarter and its scales in int8', () => {
  using model = new Model(tinyDirectory, 1)
  const matrices = 4 * 16 * 16 + 2 * 16 * 32
  const vectors = blockBytes(model, 'fp32') - 4 * matrices
  expect(blockBytes(model, 'fp16')).toBe(2 * matrices + vectors)
  // Six matrices have 16 or 32 rows: 64 or 128 bytes of scales.
  expect(blockBytes(model, 'int8')).toBe(matrices + vectors + 5 * 64 + 128)
})

test('float32 from a half-precision checkpoint is the same with and without kernels', () => {
  using model = new Model(tinyHalfDirectory, 1)
  const [fast, slow] = [streamed(model, 'fp32'), streamed(model, 'fp32', false)]
  expect(copied(fast.block(0))).toEqual(copied(slow.block(0)))
  expect(rowsOf(fast)).toEqual(rowsOf(slow))
  expect(fast.block(0)).toEqual(new ResidentWeights(model).block(0))
})

test('a half-precision checkpoint is read in fp16 bit by bit', () => {
  using model = new Model(tinyHalfDirectory, 1)
  const { data } = streamed(model, 'fp16').block(0)['attention.self.query.weight']!
  const bytes = readFileSync(join(oraclesDirectory, 'bert-tiny-fp16/model.safetensors'))
  const header = Number(bytes.readBigUInt64LE(0))
  const entries = JSON.parse(bytes.toString('utf8', 8, 8 + header)) as Record<string, { data_offsets: [number, number] }>
  const [begin, end] = entries['bert.encoder.layer.0.attention.self.query.weight']!.data_offsets
  expect(Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(bytes.subarray(8 + header + begin, 8 + header + end))).toBe(true)
})
