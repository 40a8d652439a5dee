import { describe, expect, test } from 'vitest'
import { narrow, roundTo } from '#main/models/precision.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

const COLUMNS = 7
const ROWS = 50

/** Rows of very different sizes, one of zeros, one of a single value. */
function matrix(): Float32Array {
  const stream = new Stream(deriveKey(1, 'precision'))
  const floats = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => stream.normal() * 10 ** ((Math.floor(i / COLUMNS) % 9) - 6))
  floats.fill(0, 0, COLUMNS)
  floats.fill(-0.3, COLUMNS, 2 * COLUMNS)
  return floats
}

/** The value of float16 bits, from the definition of IEEE binary16. */
function valueOf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  return sign * (exponent === 0 ? (fraction / 1024) * 2 ** -14 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

/** All finite magnitudes in order; the index is the bits. */
const magnitudes = Array.from({ length: 0x7c00 }, (_, bits) => valueOf(bits))

/** The nearest, of two equally near the one with an even last bit. */
function nearestHalf(x: number): number {
  const size = Math.abs(x)
  let above = magnitudes.findIndex((m) => m >= size)
  if (above < 0) above = magnitudes.length - 1
  const below = Math.max(0, above - 1)
  const [down, up] = [size - magnitudes[below]!, magnitudes[above]! - size]
  const bits = down < up || (down === up && below % 2 === 0) ? below : above
  return (x < 0 || Object.is(x, -0) ? 0x8000 : 0) | bits
}

describe('int8 with a scale per row', () => {
  const floats = matrix()
  const [values, scales] = [new Int8Array(floats.length), new Float32Array(ROWS)]
  narrow(floats, COLUMNS, { values, scales }, 'w')

  test('is off by half a scale at most, uses all levels, and keeps zeros', () => {
    floats.forEach((w, i) => {
      const scale = scales[Math.floor(i / COLUMNS)]!
      expect(Math.abs(w - scale * values[i]!)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-6))
    })
    for (let row = 1; row < ROWS; row++) {
      const levels = values.subarray(row * COLUMNS, (row + 1) * COLUMNS)
      expect(Math.max(...levels.map(Math.abs))).toBe(127)
    }
    expect([...values.subarray(0, COLUMNS), scales[0]]).toEqual(Array(COLUMNS + 1).fill(0))
  })

  test('rounding in place gives the values that the integers stand for', () => {
    const rounded = floats.slice()
    roundTo('int8', rounded, COLUMNS, 'w')
    expect([...rounded]).toEqual(Array.from(values, (q, i) => Math.fround(scales[Math.floor(i / COLUMNS)]! * q)))
  })

  test('takes the smallest and the largest floats', () => {
    const extreme = Float32Array.of(1e-45, -3e-45, 4e-44, 3.4e38, -3.4e38, 1e38)
    const kept = { values: new Int8Array(6), scales: new Float32Array(2) }
    narrow(extreme, 3, kept, 'w')
    expect([...kept.values.subarray(3)]).toEqual([127, -127, 37])
    kept.values.subarray(0, 3).forEach((q, i) => expect(Math.abs(q * kept.scales[0]! - extreme[i]!)).toBeLessThan(1e-43))
  })

  test.each([Infinity, -Infinity, Number.NaN])('refuses %s by the name of the tensor', (value) => {
    const kept = { values: new Int8Array(2), scales: new Float32Array(1) }
    expect(() => narrow(Float32Array.of(1, value), 2, kept, 'model: tensor w')).toThrow(/^model: tensor w: the value .*finite/)
  })
})

describe('float16', () => {
  test('is the nearest half of a brute-force search, ties to even', () => {
    const stream = new Stream(deriveKey(2, 'halves'))
    const drawn = Array.from({ length: 300 }, () => stream.normal() * 10 ** (stream.below(12) - 8))
    const special = [0, -0, 1, 65504, -65504, 2 ** -24, 2 ** -25, 3 * 2 ** -25, 2 ** -14, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2049, 2051, 1e-45]
    const floats = Float32Array.from([...special, ...drawn])
    const values = new Uint16Array(floats.length)
    narrow(floats, 1, { values, scales: new Float32Array(0) }, 'w')
    expect([...values]).toEqual(Array.from(floats, nearestHalf))
    roundTo('fp16', floats, 1, 'w')
    expect([...floats]).toEqual(Array.from(values, valueOf))
  })

  test.each([65520, -1e9, Infinity, Number.NaN])('refuses %s, which it has no number for', (value) => {
    const kept = { values: new Uint16Array(1), scales: new Float32Array(0) }
    expect(() => narrow(Float32Array.of(value), 1, kept, 'model: tensor w')).toThrow(/^model: tensor w: the value .*65504/)
  })
})

test('float32 stays as it is', () => {
  const floats = matrix()
  roundTo('fp32', floats, COLUMNS, 'w')
  expect(floats).toEqual(matrix())
})
