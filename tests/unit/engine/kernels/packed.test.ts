import { describe, expect, it } from 'vitest'
import type { PackedBits } from '#main/engine/kernels/kernels.ts'
import { loaded } from './loaded.ts'

const { arena, kernels } = loaded(1 << 16)

/** Codes packed one bit at a time, least significant first. */
function pack(codes: readonly number[], bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8))
  codes.forEach((code, i) => {
    for (let b = 0; b < bits; b++) {
      const at = i * bits + b
      if ((code >> b) & 1) bytes[at >> 3]! |= 1 << (at & 7)
    }
  })
  return bytes
}

describe.each([1, 2, 3, 4, 6, 8, 16] satisfies PackedBits[])('a row packed with %i bits', (bits) => {
  const codeOf = (i: number): number => (i * 40503 + (i >> 2)) % 2 ** bits
  const valueOf = (code: number): number => (bits === 1 ? 2 * code - 1 : code - (2 ** (bits - 1) - 1))

  it('is added with weight and scale, for every length to 67 at every alignment', () => {
    const mark = arena.mark()
    for (let n = 0; n <= 67; n++) {
      for (const start of [0, 1, 2, 3]) {
        const codes = Array.from({ length: n }, (_, i) => codeOf(i))
        const packed = pack(codes, bits)
        const source = arena.bytes(packed.length + start)
        source.set(packed, start)
        const target = arena.floats(72)
        for (let i = 0; i < 72; i++) target[i] = Math.cos(i)
        const expected = target.slice()
        const factor = Math.fround(0.25 * 0.013)
        codes.forEach((code, i) => (expected[start + i]! += Math.fround(factor * valueOf(code))))
        kernels.dequantiseAdd(arena.offsetOf(target) + 4 * start, arena.offsetOf(source) + start, n, bits, 0.013, 0.25)
        expect(target).toEqual(expected)
        arena.release(mark)
      }
    }
  })

  it('may end where the memory ends', () => {
    const end = arena.memory.buffer.byteLength
    const memory = new Uint8Array(arena.memory.buffer)
    for (const n of [1, 7, 8, 9, 16, 33]) {
      const packed = pack(
        Array.from({ length: n }, (_, i) => codeOf(i)),
        bits,
      )
      memory.set(packed, end - packed.length)
      const target = arena.floats(n).fill(0)
      kernels.dequantiseAdd(arena.offsetOf(target), end - packed.length, n, bits, 1, 1)
      expect([...target]).toEqual(Array.from({ length: n }, (_, i) => valueOf(codeOf(i))))
    }
  })
})
