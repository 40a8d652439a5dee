import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clip, withNoise } from '#main/training/private-scalars.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

const vectors = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 })

test('a clipped vector is never longer than the limit and keeps its direction', () => {
  fc.assert(
    fc.property(vectors, fc.double({ min: 1e-3, max: 100, noNaN: true }), (values, limit) => {
      const clipped = clip(values, limit)
      const [before, after] = [Math.hypot(...values), Math.hypot(...clipped)]
      expect(after).toBeLessThanOrEqual(limit * (1 + 1e-12) + (before <= limit ? before : 0))
      if (before <= limit) expect(clipped).toEqual(values)
      else values.forEach((value, i) => expect(clipped[i]).toBeCloseTo((value / before) * limit, 9))
    }),
  )
})

test('noise is centred on the values and has the deviation asked for', () => {
  const count = 40_000
  const noisy = withNoise(Array<number>(count).fill(3), 2, new Stream(deriveKey(1, 'noise')))
  const mean = noisy.reduce((sum, x) => sum + x, 0) / count
  const variance = noisy.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count
  expect(Math.abs(mean - 3)).toBeLessThan((5 * 2) / Math.sqrt(count))
  expect(Math.abs(variance / 4 - 1)).toBeLessThan(5 * Math.sqrt(2 / count))
})
