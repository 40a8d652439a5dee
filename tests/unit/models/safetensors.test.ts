import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { openSafetensors } from '#main/models/safetensors/read.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import type { TensorToWrite } from '#main/models/safetensors/write.ts'

const directory = mkdtempSync(join(tmpdir(), 'safetensors-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const freshPath = (): string => join(directory, `${files++}.safetensors`)

const oracles = join(import.meta.dirname, '../../oracles')
const tinyPath = join(oracles, 'bert-tiny/model.safetensors')

const float32 = (...values: number[]): TensorToWrite => ({ dtype: 'F32', shape: [values.length], data: Float32Array.from(values) })

function read(path: string, name: string, length: number, offset = 0): number[] {
  using file = openSafetensors(path)
  const out = new Float32Array(length)
  file.readFloats(name, out, offset)
  return [...out]
}

describe('reading', () => {
  test('gives the float32 values that PyTorch wrote', () => {
    // The first and the last tensor of the file, cut out by hand.
    const bytes = readFileSync(tinyPath)
    const dataStart = 8 + Number(bytes.readBigUInt64LE(0))
    expect(read(tinyPath, 'bert.embeddings.word_embeddings.weight', 960)[0]).toBe(bytes.readFloatLE(dataStart))
    expect(read(tinyPath, 'cls.predictions.bias', 60)[59]).toBe(bytes.readFloatLE(bytes.length - 4))
  })

  test('reads any range of a tensor', () => {
    const whole = read(tinyPath, 'classifier.weight', 48)
    expect(read(tinyPath, 'classifier.weight', 16, 16)).toEqual(whole.slice(16, 32))
    using file = openSafetensors(tinyPath)
    const raw = new Uint8Array(12)
    file.readInto('classifier.weight', raw, 5, 2)
    expect([...new Float32Array(raw.buffer)]).toEqual([whole[5], whole[6], 0])
  })

  test('writes only inside the view it is given, also in memory shared between threads', () => {
    const all = new Float32Array(new SharedArrayBuffer(256)).fill(7)
    using file = openSafetensors(join(oracles, 'bert-tiny-fp16/model.safetensors'))
    file.readFloats('bert.pooler.dense.bias', all.subarray(8, 24))
    expect([...all.subarray(0, 8), ...all.subarray(24)].every((x) => x === 7)).toBe(true)
    expect([...all.subarray(8, 24)].every((x) => x !== 7)).toBe(true)
  })

  test('widens all 65536 half-precision values exactly', () => {
    const path = freshPath()
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const stored = new Uint8Array(bits.buffer)
    writeSafetensors(path, [
      ['half', { dtype: 'F16', shape: [256, 256], data: stored }],
      ['brain', { dtype: 'BF16', shape: [65536], data: stored }],
    ])
    const { Float16Array } = globalThis as unknown as { Float16Array: new (buffer: ArrayBuffer) => Iterable<number> }
    expect(read(path, 'half', 65536)).toEqual([...new Float16Array(bits.buffer)])
    // bfloat16 is the upper half of a float32.
    const upper = new Uint8Array(4 * 65536)
    stored.forEach((byte, i) => (upper[4 * (i >> 1) + 2 + (i & 1)] = byte))
    expect(read(path, 'brain', 65536)).toEqual([...new Float32Array(upper.buffer)])
    expect(read(path, 'half', 3, 15360)).toEqual([1, 1 + 2 ** -10, 1 + 2 ** -9])
  })

  test('the float16 fixture is the float32 one, rounded', () => {
    const half = read(join(oracles, 'bert-tiny-fp16/model.safetensors'), 'bert.pooler.dense.weight', 256)
    read(tinyPath, 'bert.pooler.dense.weight', 256).forEach((x, i) =>
      expect(Math.abs(half[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -11),
    )
  })

  test('refuses what is not there: a tensor, elements, floats, a closed file', () => {
    const path = freshPath()
    writeSafetensors(path, [['ids', { dtype: 'I64', shape: [2], data: new Uint8Array(16) }]])
    const file = openSafetensors(path)
    expect(() => file.readFloats('idz', new Float32Array(1))).toThrow(/no tensor idz/)
    expect(() => file.readFloats('ids', new Float32Array(1))).toThrow(
      /ids: dtype I64; expected F32, F16, BF16, or I8 rows with their scales/,
    )
    expect(() => file.readInto('ids', new Uint8Array(24))).toThrow(RangeError)
    expect(() => file.readInto('ids', new Uint8Array(8), 2)).toThrow(RangeError)
    expect(() => file.readInto('ids', new Uint8Array(8), -1, 1)).toThrow(RangeError)
    expect(() => file.readInto('ids', new Uint8Array(8), 0, 2)).toThrow(RangeError)
    file.close()
    file.close()
    expect(() => file.readInto('ids', new Uint8Array(16))).toThrow(/closed/)
  })
})

describe('writing', () => {
  const tensors: [string, TensorToWrite][] = [
    ['weight', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-40, -Infinity) }],
    ['scalar', { dtype: 'F32', shape: [], data: Float32Array.of(42) }],
    ['empty', { dtype: 'I8', shape: [0, 5], data: new Uint8Array(0) }],
    ['bytes', { dtype: 'I8', shape: [3], data: Uint8Array.of(1, 255, 128) }],
    ['__proto__', float32(9)],
    ['7', float32(8, 7)],
  ]

  test.each([
    ['an array', () => tensors],
    ['a generator', () => tensors[Symbol.iterator]()],
  ])('round-trips names, types, shapes, bytes and metadata given as %s', (_, given) => {
    const path = freshPath()
    writeSafetensors(path, given(), { format: 'pt' })
    using file = openSafetensors(path)
    expect([...file.metadata]).toEqual([['format', 'pt']])
    expect(new Set(file.tensors.keys())).toEqual(new Set(tensors.map(([name]) => name)))
    for (const [name, { dtype, shape, data }] of tensors) {
      expect(file.tensors.get(name)).toMatchObject({ dtype, shape })
      const out = new Uint8Array(data.byteLength)
      file.readInto(name, out)
      expect(out).toEqual(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  })

  test('gives the same bytes for an array and a generator, with an aligned data section', () => {
    const [one, other] = [freshPath(), freshPath()]
    writeSafetensors(one, tensors)
    writeSafetensors(other, tensors.values())
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true)
    expect(readFileSync(one).readBigUInt64LE(0) % 8n).toBe(0n)
  })

  test('takes a generator that reuses one buffer, with more data than one copy moves', () => {
    const path = freshPath()
    const length = 150_000
    writeSafetensors(
      path,
      (function* () {
        const scratch = new Float32Array(length)
        for (let i = 0; i < 5; i++) yield [`layer ${i}`, { dtype: 'F32', shape: [length], data: scratch.fill(i) }] as const
      })(),
    )
    for (let i = 0; i < 5; i++) expect(new Set(read(path, `layer ${i}`, length))).toEqual(new Set([i]))
  })

  test('leaves the old file and nothing else when the tensors fail half way', () => {
    const folder = join(directory, 'atomic')
    mkdirSync(folder)
    const path = join(folder, 'model.safetensors')
    writeSafetensors(path, [['a', float32(1)]])
    const failing = function* (): Generator<[string, TensorToWrite]> {
      yield ['a', float32(2)]
      throw new Error('power cut')
    }
    expect(() => writeSafetensors(path, failing())).toThrow('power cut')
    expect(readdirSync(folder)).toEqual(['model.safetensors'])
    expect(read(path, 'a', 1)).toEqual([1])
  })

  test('refuses data that does not fit its shape, and a name given twice', () => {
    expect(() => writeSafetensors(freshPath(), [['a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]])).toThrow(
      /8 bytes do not make/,
    )
    expect(() => writeSafetensors(freshPath(), [tensors[0]!, tensors[0]!].values())).toThrow(/taken/)
  })

  test('says where it can not write', () => {
    const file = freshPath()
    writeFileSync(file, '')
    for (const path of [join(directory, 'absent/x.safetensors'), join(file, 'x.safetensors')]) {
      expect(() => writeSafetensors(path, [])).toThrow(InputError)
    }
    const before = readdirSync(directory)
    expect(() => writeSafetensors(directory, [['a', float32(1)]])).toThrow(InputError)
    expect(readdirSync(directory)).toEqual(before)
    expect(readdirSync(tmpdir()).filter((name) => name.endsWith('.partial'))).toEqual([])
  })
})
