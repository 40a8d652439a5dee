import fc from 'fast-check'
import { expect, test } from 'vitest'
import { effectiveSamples, movingAverage, weightedMean } from '#main/federation/statistics.ts'

test('a weighted mean of independent estimates, and its variance', () => {
  const estimates = [
    { value: 2, variance: 1, weight: 0.75 },
    { value: -2, variance: 7, weight: 0.25 },
  ]
  expect(weightedMean(estimates)).toEqual({ value: 1, variance: 1 })
})

test('that variance is the true one: over all draws of four fair coins the mean scatters by as much', () => {
  const weights = [0.5, 0.3, 0.15, 0.05]
  // Each coin has mean 1/2 and variance 1/4.
  const draws = Array.from({ length: 16 }, (_, bits) =>
    weightedMean(weights.map((weight, i) => ({ weight, value: (bits >> i) & 1, variance: 0.25 }))),
  )
  const scatter = draws.reduce((sum, { value }) => sum + (value - 0.5) ** 2, 0) / 16
  expect(draws[0]!.variance).toBeCloseTo(scatter, 12)
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
