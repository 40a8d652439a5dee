import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectiveSamples, movingAverage, varianceOfMean, weightedMean } from '#main/federation/statistics.ts'

const equal = (...values: number[]) => values.map((value) => ({ value, weight: 1 / values.length }))

test('a weighted mean', () => {
  expect(
    weightedMean([
      { value: 2, weight: 0.75 },
      { value: -2, weight: 0.25 },
    ]),
  ).toBe(1)
  expect(weightedMean(equal(1, 2, 6))).toBeCloseTo(3, 12)
})

describe('the variance of a weighted mean', () => {
  test('is s^2 / n for equal weights', () => {
    // Unbiased s^2 of 1, 2, 6 is 7.
    expect(varianceOfMean(equal(1, 2, 6))).toBeCloseTo(7 / 3, 12)
    expect(varianceOfMean(equal(4, 4))).toBe(0)
  })

  test('of a single sample is 0, since its spread is unknown', () => {
    expect(varianceOfMean(equal(5))).toBe(0)
    expect(
      varianceOfMean([
        { value: 5, weight: 1 },
        { value: 9, weight: 0 },
      ]),
    ).toBe(0)
  })

  test('is unbiased: over all draws of a fair coin it averages to the true variance', () => {
    const weights = [0.5, 0.3, 0.15, 0.05]
    const draws = Array.from({ length: 16 }, (_, bits) => weights.map((weight, i) => ({ weight, value: (bits >> i) & 1 })))
    const estimated = draws.reduce((sum, samples) => sum + varianceOfMean(samples), 0) / 16
    // Each coin has variance 1/4.
    expect(estimated).toBeCloseTo(0.25 * weights.reduce((sum, w) => sum + w * w, 0), 12)
  })
})

test('effective samples are n for equal weights, and never more', () => {
  expect(effectiveSamples([0.25, 0.25, 0.25, 0.25])).toBe(4)
  expect(effectiveSamples([1])).toBe(1)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }), (rows) => {
      const total = rows.reduce((sum, x) => sum + x, 0)
      const found = effectiveSamples(rows.map((x) => x / total))
      expect(found).toBeLessThanOrEqual(rows.length + 1e-9)
      expect(found).toBeGreaterThanOrEqual(1 - 1e-9)
    }),
  )
})

test('a moving average starts with its first value', () => {
  expect(movingAverage(null, 10, 0.8)).toBe(10)
  expect(movingAverage(10, 0, 0.8)).toBe(8)
  expect(movingAverage(0, 5, 0.8)).toBeCloseTo(1, 12)
})
