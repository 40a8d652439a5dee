import { execFileSync } from 'node:child_process'
import { ftruncateSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { MAXIMUM_HEADER_BYTES } from '#main/models/safetensors/header.ts'
import { openSafetensors } from '#main/models/safetensors/read.ts'

const directory = mkdtempSync(join(tmpdir(), 'forged-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = join(directory, 'model.safetensors')

function forge(header: unknown, dataBytes: number, declaredLength?: bigint): void {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(declaredLength ?? BigInt(text.length))
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]))
}

/** Opens the forged file: an InputError's message, or 'opened' after reading every tensor. */
function attempt(): string {
  try {
    using file = openSafetensors(path)
    for (const [name, { byteLength }] of file.tensors) file.readInto(name, new Uint8Array(byteLength))
    return 'opened'
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error.message
  }
}

const two = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }

describe('a forged header', () => {
  test.each<[string, unknown, number, RegExp]>([
    ['is not JSON', '{"a":', 0, /not JSON/],
    ['is not UTF-8', '', 0, /not JSON/],
    ['is a list', [], 0, /not a JSON object/],
    ['describes a tensor by a number', { a: 7 }, 0, /:a: 7; expected an object with dtype/],
    ['has an unknown dtype', { a: { ...two, dtype: 'F31' } }, 8, /dtype "F31"; expected one of BOOL/],
    ['has a dtype from the prototype', { a: { ...two, dtype: 'constructor' } }, 8, /dtype "constructor"/],
    ['has a negative dimension', { a: { ...two, shape: [-2] } }, 8, /shape \[-2\]/],
    ['has a fractional dimension', { a: { ...two, shape: [0.5, 4] } }, 8, /shape \[0.5,4\]/],
    ['has no shape', { a: { dtype: 'F32', data_offsets: [0, 8] } }, 8, /shape missing/],
    ['has a product beyond 2^53, even times 0', { a: { ...two, shape: [2 ** 40, 2 ** 40, 0] } }, 8, /shape/],
    ['has a shape larger than its data', { a: { ...two, shape: [2 ** 50] } }, 8, /8 bytes of data; expected 4503599627370496 bytes/],
    ['ends outside the file', { a: { ...two, shape: [4], data_offsets: [0, 16] } }, 8, /data_offsets \[0,16\]/],
    ['ends before it begins', { a: { ...two, data_offsets: [8, 0] } }, 8, /data_offsets \[8,0\]/],
    ['begins before the data', { a: { ...two, data_offsets: [-8, 0] } }, 8, /data_offsets/],
    ['has three offsets', { a: { ...two, data_offsets: [0, 8, 8] } }, 8, /data_offsets/],
    ['overlaps', { a: two, b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } }, 12, /:b: data that overlaps/],
    ['gives the same data twice', { a: two, b: two }, 8, /overlaps/],
    ['leaves a gap', { a: two, b: { dtype: 'U8', shape: [1], data_offsets: [9, 10] } }, 10, /:b: a gap/],
    ['leaves bytes at the end', { a: two }, 9, /1 bytes after the last tensor/],
    ['has metadata that are not strings', { __metadata__: { format: 1 } }, 0, /__metadata__/],
  ])('that %s is refused', (_, header, dataBytes, message) => {
    forge(header, dataBytes)
    expect(attempt()).toMatch(message)
    expect(attempt()).toMatch(/^.*; expected .+$/)
  })

  test.each([9n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n])('that claims %d bytes in a file of 10 is refused', (length) => {
    forge('{}', 0, length)
    expect(attempt()).toMatch(/header length/)
  })

  test('longer than the limit is refused before memory is taken for it, however large the file', () => {
    const descriptor = openSync(path, 'w')
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(MAXIMUM_HEADER_BYTES + 1))
    writeSync(descriptor, length)
    ftruncateSync(descriptor, 2 ** 31)
    closeSync(descriptor)
    const before = process.memoryUsage().arrayBuffers
    expect(attempt()).toMatch(/at most 100000000 bytes of header/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })

  test('is accepted in its harmless forms: trailing spaces, empty tensors, a name like __proto__', () => {
    const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] }
    forge(`${JSON.stringify({ a: two, z: empty, e: { ...empty, data_offsets: [8, 8] } })}      `, 8)
    expect(attempt()).toBe('opened')
    forge('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8)
    expect(attempt()).toBe('opened')
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined()
  })
})

describe('a file that is no safetensors file', () => {
  test.each([
    ['missing', () => rmSync(path, { force: true }), /no such file/],
    ['empty', () => writeFileSync(path, ''), /0 bytes/],
    ['too short', () => writeFileSync(path, '1234567'), /7 bytes/],
  ])('%s, is an InputError', (_, prepare, message) => {
    prepare()
    expect(attempt()).toMatch(message)
  })

  test('a directory and a named pipe are refused without waiting', () => {
    expect(() => openSafetensors(directory)).toThrow(/: a directory; expected/)
    if (process.platform === 'win32') return
    const pipe = join(directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(() => openSafetensors(pipe)).toThrow(/not a regular file/)
  })
})

describe('fuzzing', () => {
  const number = fc.oneof(fc.nat(40), fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 53, 1e308, null, '4'))
  const tensor = fc.record(
    {
      dtype: fc.oneof(fc.constantFrom('F32', 'F16', 'I64', 'U8', '__proto__'), fc.jsonValue()),
      shape: fc.oneof(fc.array(number, { maxLength: 4 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(number, number), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )

  test('random headers open or are an InputError', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof({ weight: 4, arbitrary: tensor }, fc.jsonValue())),
        fc.nat(40),
        (header, dataBytes) => {
          forge(header, dataBytes)
          attempt()
        },
      ),
      { numRuns: 400 },
    )
  })

  test('random bytes are an InputError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        writeFileSync(path, bytes)
        return attempt() !== 'opened'
      }),
      { numRuns: 200 },
    )
  })

  test('a real file cut short anywhere is an InputError; with a byte changed it opens or is one', () => {
    const bytes = readFileSync(join(import.meta.dirname, '../../oracles/bert-tiny/model.safetensors'))
    const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(headerEnd - 1), fc.integer({ min: 1, max: 255 }), (length, at, flip) => {
        writeFileSync(path, bytes.subarray(0, length))
        if (attempt() === 'opened') return false
        const changed = Buffer.from(bytes)
        changed[at]! ^= flip
        writeFileSync(path, changed)
        attempt()
        return true
      }),
      { numRuns: 200 },
    )
  })
})
