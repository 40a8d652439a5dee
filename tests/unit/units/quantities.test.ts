import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBitsPerSecond, formatCount, formatPercent, formatSeconds } from '#shared/units/quantities.ts'

describe('formatSeconds', () => {
  it.each<[number, string]>([
    [0, '0 s'],
    [0.00085, '850 µs'],
    [0.0123, '12.3 ms'],
    [0.9999, '1.00 s'],
    [3.2, '3.20 s'],
    [90, '90.0 s'],
    [270, '4.50 min'],
    [2 * 3600, '2.00 h'],
    [72 * 3600, '3.00 d'],
    [-3.2, '-3.20 s'],
  ])('%d is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text)
  })
})

describe('formatCount', () => {
  it.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [999, '999'],
    [999.7, '1.00 k'],
    [1000, '1.00 k'],
    [1234, '1.23 k'],
    [999_600, '1.00 M'],
    [45_600_000, '45.6 M'],
    [0.5, '0.50'],
    [-0.001, '0.00'],
    [NaN, '-'],
    [-Infinity, '-∞'],
  ])('%d is %s', (count, text) => {
    expect(formatCount(count)).toBe(text)
  })
})

describe('formatPercent', () => {
  it.each<[number, string]>([
    [0, '0 %'],
    [0.864, '86.4 %'],
    [0.9999, '100 %'],
    [1, '100 %'],
    [0.05, '5.00 %'],
    [12, '1.20k %'],
  ])('%d is %s', (share, text) => {
    expect(formatPercent(share)).toBe(text)
  })
})

describe('formatBitsPerSecond', () => {
  it.each<[number, string]>([
    [0, '0 bit/s'],
    [240_000, '240 kbit/s'],
    [12_000_000, '12.0 Mbit/s'],
    [1_250_000_000, '1.25 Gbit/s'],
  ])('%d is %s', (rate, text) => {
    expect(formatBitsPerSecond(rate)).toBe(text)
  })
})

it('no format shows more than three significant digits or more than four characters of number', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), (value) => {
      for (const text of [formatSeconds(value), formatCount(value), formatPercent(value), formatBitsPerSecond(value)]) {
        const number = /^[\d.]+/.exec(text)?.[0] ?? ''
        expect(number.length, text).toBeGreaterThan(0)
        expect(number.length, text).toBeLessThanOrEqual(4)
      }
    }),
  )
})
