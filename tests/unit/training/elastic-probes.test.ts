import { describe, expect, test } from 'vitest'
import { triangle } from '#main/training/curvature.ts'
import { chooseDirections, spreadCurvature, spreadOver } from '#main/training/elastic-probes.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

/** Every subset of `size` of 0..count-1. */
function subsets(count: number, size: number): number[][] {
  if (size === 0) return [[]]
  return Array.from({ length: count }, (_, last) => last).flatMap((last) => subsets(last, size - 1).map((rest) => [...rest, last]))
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length
const variance = (values: readonly number[]): number => mean(values.map((x) => (x - mean(values)) ** 2))

describe('a phone that probes only some of its directions', () => {
  const derivatives = [0.7, -1.2, 0.1, 3, -0.4]

  test.each([1, 2, 4, 5])('gives on average over all subsets of %d of 5 what it would have measured along all', (size) => {
    const spread = subsets(5, size).map((chosen) =>
      spreadOver(
        5,
        chosen,
        chosen.map((k) => ({ value: derivatives[k]!, variance: 0 })),
      ),
    )
    derivatives.forEach((derivative, k) => {
      expect(mean(spread.map((estimates) => estimates[k]!.value))).toBeCloseTo(derivative, 12)
      // Measured without noise, all the variance is that of the subset.
      expect(mean(spread.map((estimates) => estimates[k]!.variance))).toBeCloseTo(
        variance(spread.map((estimates) => estimates[k]!.value)),
        12,
      )
    })
  })

  test('estimates its variance without bias where the measurements are noisy too', () => {
    // Each derivative is measured as value + or - deviation, so that all outcomes can be counted out.
    const deviations = [0.5, 0.1, 0.9, 0.3, 0]
    for (const size of [1, 3, 5]) {
      const outcomes = subsets(5, size).flatMap((chosen) =>
        Array.from({ length: 2 ** size }, (_, signs) =>
          spreadOver(
            5,
            chosen,
            chosen.map((k, i) => ({
              value: derivatives[k]! + ((signs >> i) & 1 ? 1 : -1) * deviations[k]!,
              variance: deviations[k]! ** 2,
            })),
          ),
        ),
      )
      derivatives.forEach((derivative, k) => {
        expect(mean(outcomes.map((estimates) => estimates[k]!.value))).toBeCloseTo(derivative, 12)
        expect(mean(outcomes.map((estimates) => estimates[k]!.variance))).toBeCloseTo(
          variance(outcomes.map((estimates) => estimates[k]!.value)),
          10,
        )
      })
    }
  })

  test('draws every subset alike', () => {
    const trials = 6000
    const counts = new Map<string, number>()
    for (let i = 0; i < trials; i++) {
      const chosen = chooseDirections(5, 2, new Stream(deriveKey(1, 'subset', i))).join()
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    }
    expect(counts.size).toBe(10)
    for (const count of counts.values()) expect(Math.abs(count - trials / 10)).toBeLessThan(5 * Math.sqrt(trials * 0.1 * 0.9))
  })

  test('that has time for all changes nothing', () => {
    const stream = new Stream(deriveKey(1, 'all'))
    expect(chooseDirections(3, 3, stream)).toEqual([0, 1, 2])
    const measured = [1, 2, 3].map((value) => ({ value, variance: value / 10 }))
    expect(spreadOver(3, [0, 1, 2], measured)).toEqual(measured)
  })
})

describe('what some of the directions have in common', () => {
  const [values, deviations] = [
    [0.7, -1.2, 0.1, 3],
    [0.5, 0.1, 0.9, 0.3],
  ]
  const metric = (k: number, l: number): number => 1 / (1 + k + l)

  test.each([2, 3, 4])('is on average over all subsets of %d of 4 what it would be between all', (size) => {
    // Noise of one sign for all directions of a batch, so that their covariance is the product of their deviations.
    const outcomes = subsets(4, size).flatMap((chosen) =>
      [1, -1].map((sign) => {
        const measured = chosen.map((k) => values[k]! + sign * deviations[k]!)
        const between = {
          metric: triangle(size, (i, j) => metric(chosen[i]!, chosen[j]!)),
          noise: triangle(size, (i, j) => deviations[chosen[i]!]! * deviations[chosen[j]!]!),
        }
        const spread = spreadOver(
          4,
          chosen,
          measured.map((value) => ({ value, variance: 0 })),
        )
        return { spread: spread.map(({ value }) => value), ...spreadCurvature(4, chosen, measured, between) }
      }),
    )
    triangle(4, metric).forEach((entry, i) => expect(mean(outcomes.map((outcome) => outcome.metric[i]!))).toBeCloseTo(entry, 12))
    const covariance = (k: number, l: number): number =>
      mean(outcomes.map(({ spread }) => spread[k]! * spread[l]!)) -
      mean(outcomes.map(({ spread }) => spread[k]!)) * mean(outcomes.map(({ spread }) => spread[l]!))
    triangle(4, covariance).forEach((entry, i) => expect(mean(outcomes.map(({ noise }) => noise[i]!))).toBeCloseTo(entry, 10))
  })
})
