import { expect, test } from 'vitest'
import { hasAxis, progressAt } from '#renderer/charts/series/progress-axis.ts'

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
