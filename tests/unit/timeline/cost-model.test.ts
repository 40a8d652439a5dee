import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { computeCost, speedAt, type ComputeProfile } from '#main/timeline/cost-model.ts'
import { InputError } from '#shared/errors/input-error.ts'

const cold: ComputeProfile = { gflops: 50, nanojoulesPerFlop: 0.36 }
const thermal = { hotShare: 0.7, tauSeconds: 120 }

describe('the cost of a computation', () => {
  test('is FLOP over FLOP/s and joules per FLOP while nothing throttles', () => {
    expect(computeCost(1e11, cold, 0)).toEqual({ seconds: 2, joules: 36 })
    expect(computeCost(1e11, cold, 1000).seconds).toBe(2)
    expect(computeCost(0, cold, 0)).toEqual({ seconds: 0, joules: 0 })
  })

  test('on a warming device takes as long as a fine numeric integration of its speed says', () => {
    const flop = 200 * 50e9
    const { seconds } = computeCost(flop, { ...cold, thermal }, 30)
    let done = 0
    const step = 1e-3
    let t = 0
    for (; done < 200; t += step) done += step * speedAt(30 + t + step / 2, thermal)
    expect(Math.abs(seconds - t)).toBeLessThan(2 * step)
  })

  test('does the work asked for and can be split anywhere', () => {
    const heat = fc.record({
      hotShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
      tauSeconds: fc.double({ min: 0.1, max: 500, noNaN: true }),
    })
    // Below a nanosecond's work rounding of denormal numbers, not the formula, decides the last bound.
    const amount = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 2000, noNaN: true }))
    fc.assert(
      fc.property(heat, amount, amount, amount, (hot, first, second, busy) => {
        const profile = { gflops: 1, nanojoulesPerFlop: 1, thermal: hot }
        const a = computeCost(first * 1e9, profile, busy).seconds
        const b = computeCost(second * 1e9, profile, busy + a).seconds
        const both = computeCost((first + second) * 1e9, profile, busy).seconds
        expect(Math.abs(a + b - both)).toBeLessThan(1e-8 * (1 + both))
        expect(both).toBeGreaterThanOrEqual((first + second) * (1 - 1e-12))
        expect(both).toBeLessThanOrEqual(((first + second) / hot.hotShare) * (1 + 1e-12))
      }),
      { numRuns: 300 },
    )
  })

  test('tends to the hot speed after long work', () => {
    expect(computeCost(50e9, { ...cold, thermal }, 1e6).seconds).toBeCloseTo(1 / 0.7, 12)
    expect(speedAt(0, thermal)).toBe(1)
  })

  test.each([
    [{ gflops: undefined }, 'pixel: gflops: undefined; expected GFLOP/s above 0'],
    [{ gflops: 0 }, 'pixel: gflops: 0'],
    [{ nanojoulesPerFlop: NaN }, 'pixel: nanojoulesPerFlop: NaN'],
    [{ thermal: { hotShare: 0, tauSeconds: 1 } }, 'pixel: thermal.hotShare: 0'],
    [{ thermal: { hotShare: 0.5, tauSeconds: NaN } }, 'pixel: thermal.tauSeconds: NaN'],
  ])('is never guessed where the calibration is missing: %o', (wrong, message) => {
    const ask = () => computeCost(1, { ...cold, ...wrong } as ComputeProfile, 0, 'pixel')
    expect(ask).toThrow(InputError)
    expect(ask).toThrow(message)
  })

  test('of an unknown amount is an error', () => {
    expect(() => computeCost(NaN, cold, 0)).toThrow('a computation of NaN FLOP')
    expect(() => computeCost(1, cold, NaN)).toThrow('NaN s of busy time')
  })
})
