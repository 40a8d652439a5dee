import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatJoules, hasAxis, progressAt, progressOfRound } from '#renderer/charts/series/progress-axis.ts'
import { sourceStretches } from '#renderer/charts/convergence/convergence-run.ts'
import { smooth } from '#renderer/charts/series/smooth.ts'

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 })

test('a smoothed value is the weighted mean of what came before it', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 0.99, noNaN: true }), (series, weight) => {
      const smoothed = smooth(series, weight)
      for (const [t, value] of smoothed.entries()) {
        const weights = series.slice(0, t + 1).map((_, i) => weight ** (t - i))
        const total = weights.reduce((a, b) => a + b, 0)
        const mean = weights.reduce((sum, w, i) => sum + w * series[i]!, 0) / total
        expect(value).toBeCloseTo(mean, 6)
      }
    }),
  )
})

test('smoothing leaves a constant and the first value as they are, and passes over what is missing', () => {
  expect(smooth([3, 3, 3], 0.9)).toStrictEqual([3, expect.closeTo(3, 12), expect.closeTo(3, 12)])
  expect(smooth([1, NaN, 3], 0.5)).toStrictEqual([1, NaN, expect.closeTo((0.5 * 1 + 3) / 1.5, 12)])
})

test('progress is counted in rounds, passes, bytes of both ways, virtual time, or energy where it is known', () => {
  const measurement = { round: 3, virtualSeconds: 7, accuracy: 0.5, loss: 1, forwardPasses: 40, bytesDown: 1000, bytesUp: 24 }
  expect(progressAt('rounds', measurement)).toBe(3)
  expect(progressAt('forwardPasses', measurement)).toBe(40)
  expect(progressAt('bytes', measurement)).toBe(1024)
  expect(progressAt('virtualTime', measurement)).toBe(7)
  expect(progressAt('energy', measurement)).toBeNaN()
  expect(hasAxis('energy', [[measurement]])).toBe(false)
  expect(hasAxis('energy', [[measurement], [{ ...measurement, energyJoules: 2 }]])).toBe(true)
})

test('a round that was not measured stands between the measurements around it', () => {
  const base = { accuracy: 0, loss: 0, forwardPasses: 0, bytesDown: 0, bytesUp: 0 }
  const history = [
    { ...base, round: 0, virtualSeconds: 0 },
    { ...base, round: 10, virtualSeconds: 50, forwardPasses: 200 },
  ]
  expect(progressOfRound('virtualTime', history, 4)).toBe(20)
  expect(progressOfRound('forwardPasses', history, 10)).toBe(200)
  expect(progressOfRound('rounds', history, 7)).toBe(7)
  expect(progressOfRound('bytes', history, 11)).toBeNaN()
})

test('energy is read in mJ, J and kJ', () => {
  expect([0, 0.25, 3, 12.5, 4200].map(formatJoules)).toStrictEqual(['0 J', '250 mJ', '3 J', '12.5 J', '4.20 kJ'])
})

test('rounds with the same source in a row are one stretch; a round without a source is none', () => {
  const sources = ['guided', 'guided', null, 'guided', 'random'].map((source, i) => ({ round: i + 1, source }))
  expect(sourceStretches(sources)).toStrictEqual([
    { source: 'guided', firstRound: 1, lastRound: 2 },
    { source: 'guided', firstRound: 4, lastRound: 4 },
    { source: 'random', firstRound: 5, lastRound: 5 },
  ])
})
