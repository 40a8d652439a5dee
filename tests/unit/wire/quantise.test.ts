import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeDirection, decodeAll, decodeInto } from '#main/wire/coded-direction.ts'
import { BITS, RELATIVE_ERROR, encode, encodedBytes, type Bits } from '#main/wire/quantise.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'
import { exampleDirection } from './arbitrary-direction.ts'

const row = (columns: number) => [{ offset: 0, rows: 1, columns }]
const roundTrip = (values: number[], bits: Bits): number[] => {
  const vector = Float32Array.from(values)
  return [...decodeAll(codeDirection(vector, row(values.length), { kind: 'uniform', bits: [bits] }), values.length)]
}

describe('uniform quantisation', () => {
  test('decodes every value of 4 to 16 bits to within half a step of its row', () => {
    fc.assert(
      fc.property(exampleDirection, ({ values, segments, bits }) => {
        const decoded = decodeAll(codeDirection(values, segments, { kind: 'uniform', bits }), values.length)
        segments.forEach(({ offset, rows, columns }, index) => {
          const width = bits[index] as Bits
          if (width < 4) return
          for (let start = offset; start < offset + rows * columns; start += columns) {
            const source = [...values.subarray(start, start + columns)]
            const largest = Math.max(...source.map(Math.abs))
            // Half a step, a float32 rounding of scale and product, and a subnormal's coarseness.
            const bound = width === 32 ? 0 : (largest / (2 ** (width - 1) - 1)) * 0.5 * (1 + 2 ** -6) + 2 ** -149
            source.forEach((value, column) => expect(Math.abs((decoded[start + column] as number) - value)).toBeLessThanOrEqual(bound))
          }
        })
      }),
      { numRuns: 400 },
    )
  })

  test('loses of normal values what its table says, the less the more bits', () => {
    const stream = new Stream(deriveKey(3, 'normal'))
    const values = Float32Array.from({ length: 128 * 400 }, () => stream.normal())
    const segments = [{ offset: 0, rows: 400, columns: 128 }]
    const length = values.reduce((sum, x) => sum + x * x, 0)
    const errors = BITS.map((bits) => {
      const decoded = decodeAll(codeDirection(values, segments, { kind: 'uniform', bits: [bits] }), values.length)
      return values.reduce((sum, x, i) => sum + (x - decoded[i]!) ** 2, 0) / length
    })
    errors.forEach((error, i) => {
      expect(error).toBeGreaterThanOrEqual(RELATIVE_ERROR[BITS[i]!] * 0.95)
      expect(error).toBeLessThanOrEqual(RELATIVE_ERROR[BITS[i]!] * 1.05)
      if (i > 0) expect(error).toBeLessThan(errors[i - 1]!)
    })
  })

  test('clips at 2 and 3 bits only where that loses less', () => {
    fc.assert(
      fc.property(exampleDirection, fc.constantFrom<Bits>(2, 3), ({ values, segments }, width) => {
        const decoded = decodeAll(codeDirection(values, segments, { kind: 'uniform', bits: segments.map(() => width) }), values.length)
        for (const { offset, rows, columns } of segments) {
          for (let start = offset; start < offset + rows * columns; start += columns) {
            const source = [...values.subarray(start, start + columns)]
            const step = Math.max(...source.map(Math.abs)) / (2 ** (width - 1) - 1)
            const whole = source.reduce((sum, x) => sum + (step === 0 ? 0 : x - step * Math.round(x / step)) ** 2, 0)
            const own = source.reduce((sum, x, i) => sum + (x - decoded[start + i]!) ** 2, 0)
            expect(own).toBeLessThanOrEqual(whole * (1 + 1e-3) + source.length * ((step * 1e-6) ** 2 + 1e-88))
          }
        }
      }),
    )
  })

  test('returns exactly as many bytes as announced', () => {
    fc.assert(
      fc.property(
        exampleDirection,
        ({ values, segments, bits }) => encode(values, segments, bits).byteLength === encodedBytes(segments, bits),
      ),
    )
  })

  test('has the byte layout that its header comment promises', () => {
    expect([...encode(Float32Array.of(3, -3, 1, 0, 2), row(5), [3])]).toEqual([
      0,
      0,
      0x80,
      0x3f,
      6 | (0 << 3) | ((4 << 6) & 0xff),
      (4 >> 2) | (3 << 1) | (5 << 4),
    ])
    expect([...encode(Float32Array.of(1, -1, 1, 1), row(4), [1])]).toEqual([0, 0, 0x80, 0x3f, 0b1101])
    expect(encodedBytes([{ offset: 0, rows: 3, columns: 9 }], [1])).toBe(3 * (4 + 2))
    expect(encodedBytes([{ offset: 0, rows: 3, columns: 9 }], [6])).toBe(3 * (4 + 7))
    expect(encodedBytes([{ offset: 0, rows: 3, columns: 9 }], [32])).toBe(3 * 9 * 4)
  })

  test('keeps sign and mean magnitude of a row at one bit', () => {
    expect(roundTrip([1, -3, 0, 4], 1)).toEqual([2, -2, 2, 2])
  })

  test('keeps float32 values exactly at 32 bits and zeros at any', () => {
    expect(roundTrip([0.1, -1e-40, 3e38], 32)).toEqual([...Float32Array.of(0.1, -1e-40, 3e38)])
    for (const bits of [1, 2, 3, 4, 6, 8, 16, 32] as const) expect(roundTrip([0, 0, 0], bits).map(Math.abs)).toEqual([0, 0, 0])
  })

  test('decodes one segment alone from a view into a larger buffer, touching nothing else', () => {
    fc.assert(
      fc.property(exampleDirection, fc.nat(7), ({ values, segments, bits }, shift) => {
        const coded = codeDirection(values, segments, { kind: 'uniform', bits })
        const buffer = new Uint8Array(coded.payload.byteLength + shift).fill(0xaa)
        buffer.set(coded.payload, shift)
        const shifted = { ...coded, payload: buffer.subarray(shift) }
        const whole = decodeAll(coded, values.length)
        segments.forEach(({ offset, rows, columns }, index) => {
          const size = rows * columns
          const alone = new Float32Array(size + 2).fill(7)
          decodeInto(shifted, index, alone, 1)
          expect(alone).toEqual(Float32Array.of(7, ...whole.subarray(offset, offset + size), 7))
        })
      }),
    )
  })

  test('is right on average with stochastic rounding, and replays from the same key', () => {
    const values = Float32Array.of(1, 0.3, -0.71, 0.05)
    const sums = new Float64Array(4)
    const draws = 4000
    const stream = new Stream(deriveKey(1, 'rounding'))
    for (let draw = 0; draw < draws; draw++) {
      const payload = encode(values, row(4), [2], stream)
      const decoded = codeDirectionPayload(payload)
      decoded.forEach((value, i) => (sums[i]! += value / draws))
    }
    values.forEach((value, i) => expect(Math.abs((sums[i] as number) - value)).toBeLessThan(0.04))
    const again = () => encode(values, row(4), [3], new Stream(deriveKey(2, 'rounding')))
    expect(again()).toEqual(again())
  })

  test('refuses values that are not finite and bits it does not know', () => {
    expect(() => encode(Float32Array.of(1, NaN), row(2), [4])).toThrow('segment 0, row 0: a value to be coded is not finite')
    expect(() => encode(Float32Array.of(1, Infinity), row(2), [32])).toThrow('not finite')
    expect(() => encode(Float32Array.of(1, 2), row(2), [5 as Bits])).toThrow('segment 0: 5 bits; expected one of 1, 2, 3')
    expect(() => encode(Float32Array.of(1, 2), row(3), [4])).toThrow('does not lie inside a vector of 2 values')
  })
})

function codeDirectionPayload(payload: Uint8Array): Float32Array {
  return decodeAll({ segments: row(4), coding: { kind: 'uniform', bits: [2] }, starts: [0], payload }, 4)
}
