import { expect, test } from 'vitest'
import { column, mean, movingAverage, variance } from '#main/federation/statistics.ts'

test('mean and unbiased variance', () => {
  expect(mean([1, 2, 6])).toBe(3)
  expect(variance([1, 2, 6])).toBe(7)
  expect(variance([4, 4, 4])).toBe(0)
})

test('a single value has no known spread', () => {
  expect(variance([5])).toBe(0)
})

test('a moving average starts with its first value', () => {
  expect(movingAverage(null, 10, 0.8)).toBe(10)
  expect(movingAverage(10, 0, 0.8)).toBe(8)
  expect(movingAverage(0, 5, 0.8)).toBeCloseTo(1, 12)
})

test('a column of rows', () => {
  const rows = [
    [1, 2],
    [3, 4],
  ]
  expect(column(rows, 1)).toEqual([2, 4])
})
