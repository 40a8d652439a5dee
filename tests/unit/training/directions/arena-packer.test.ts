import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BITS, encode } from '#main/wire/quantise.ts'
import { ArenaPacker } from '#main/training/directions/arena-packer.ts'
import { loaded } from '../../engine/kernels/loaded.ts'

const narrow = BITS.filter((bits) => bits < 32)

describe.each(narrow)('a row packed by kernel with %i bits', (bits) => {
  it('has the bytes that the codec gives it, whatever its length and values', () => {
    const values = fc.float32Array({ minLength: 1, maxLength: 67, noNaN: true, noDefaultInfinity: true, max: 2 ** 60, min: -(2 ** 60) })
    fc.assert(
      fc.property(fc.oneof(values, fc.array(fc.constantFrom(0, -0, 0.5, 1, -1, 1.5, -2.5, 3), { minLength: 1 })), (row) => {
        const segments = [{ rows: 1, columns: row.length, offset: 0 }]
        const { arena, kernels } = loaded(ArenaPacker.bytes(segments))
        const { pack } = new ArenaPacker(segments, arena, kernels)
        const direction = Float32Array.from(row)
        expect(encode(direction, segments, [bits], undefined, pack)).toEqual(encode(direction, segments, [bits]))
      }),
    )
  })

  it('rounds halves away from zero, as the codec does', () => {
    const levels = Math.max(1, 2 ** (bits - 1) - 1)
    const row = Float32Array.from({ length: 33 }, (_, i) => (i === 0 ? levels : ((i % 7) - 3) / 2))
    const segments = [{ rows: 1, columns: row.length, offset: 0 }]
    const { arena, kernels } = loaded(ArenaPacker.bytes(segments))
    const { pack } = new ArenaPacker(segments, arena, kernels)
    expect(encode(row, segments, [bits], undefined, pack)).toEqual(encode(row, segments, [bits]))
  })
})
