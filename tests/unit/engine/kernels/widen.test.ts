import { describe, expect, it } from 'vitest'
import { loaded } from './loaded.ts'

const { arena, kernels } = loaded(4 << 20)

/** IEEE binary16 by its definition. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

describe('widening to float32', () => {
  it('is exact for every one of the 65536 halves, signed zeros, subnormals, infinities and NaN included', () => {
    const source = arena.bytes(131072)
    const target = arena.floats(65536)
    const words = new Uint16Array(source.buffer, source.byteOffset, 65536).map((_, i) => i)
    new Uint16Array(source.buffer, source.byteOffset, 65536).set(words)
    kernels.halfToFloat(arena.offsetOf(target), arena.offsetOf(source), 65536)
    for (let bits = 0; bits < 65536; bits++) {
      if (!Object.is(target[bits], half(bits))) {
        expect([bits, target[bits]]).toEqual([bits, half(bits)])
      }
    }
  })

  it('is exact for every bfloat16', () => {
    const source = arena.bytes(131072)
    const target = arena.floats(65536)
    const words = new Uint16Array(source.buffer, source.byteOffset, 65536)
    for (let i = 0; i < 65536; i++) words[i] = i
    kernels.bfloat16ToFloat(arena.offsetOf(target), arena.offsetOf(source), 65536)
    const bits = new Uint32Array(target.buffer, target.byteOffset, 65536)
    for (let i = 0; i < 65536; i++) {
      if (bits[i] !== i * 65536) {
        expect([i, bits[i]]).toEqual([i, i * 65536])
      }
    }
  })

  it('takes every length, aligned to two bytes only, and writes no further', () => {
    const source = arena.bytes(200)
    const words = new Uint16Array(source.buffer, source.byteOffset, 100)
    for (let i = 0; i < 100; i++) words[i] = 0x3c00 + 37 * i
    const target = arena.floats(80)
    for (const widen of ['halfToFloat', 'bfloat16ToFloat'] as const) {
      for (let n = 0; n <= 67; n++) {
        for (const start of [0, 1, 3]) {
          target.fill(-1)
          kernels[widen](arena.offsetOf(target) + 4 * start, arena.offsetOf(source) + 2 * start, n)
          const floats = new Float32Array(new Uint32Array([...words].map((bits) => bits * 65536)).buffer)
          const expected = Array.from({ length: 80 }, (_, i) =>
            i < start || i >= start + n ? -1 : widen === 'halfToFloat' ? half(words[i]!) : floats[i]!,
          )
          expect([...target]).toEqual(expected)
        }
      }
    }
  })

  it('scales each row of int8 by its own factor', () => {
    const source = arena.bytes(3 * 67 + 1)
    for (let i = 0; i < source.length; i++) source[i] = (i * 89) & 255
    const scales = arena.floats(3)
    scales.set([0.01, -2, 1 / 3])
    const target = arena.floats(3 * 67 + 8)
    for (let columns = 0; columns <= 67; columns++) {
      for (const start of [0, 1]) {
        target.fill(-1)
        kernels.int8ToFloat(arena.offsetOf(target), arena.offsetOf(source) + start, 3, columns, arena.offsetOf(scales))
        for (let i = 0; i < target.length; i++) {
          const q = ((source[start + i] ?? 0) << 24) >> 24
          const expected = i < 3 * columns ? Math.fround(scales[Math.floor(i / columns)]! * q) : -1
          if (target[i] !== expected) {
            expect([columns, i, target[i]]).toEqual([columns, i, expected])
          }
        }
      }
    }
  })
})
