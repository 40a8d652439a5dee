import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ComputeProfile, computeCost } from '#main/timeline/cost-model.ts'
import { COLD, type HeatState, compute, heatAt } from '#main/timeline/heat.ts'

const phone: ComputeProfile = { gflops: 10, nanojoulesPerFlop: 0.1, thermal: { hotShare: 0.7, tauSeconds: 200 } }
const flop = fc.double({ min: 1e9, max: 1e13, noNaN: true })
const seconds = fc.double({ min: 0, max: 2000, noNaN: true })

describe('a device', () => {
  test('that never rests slows down along the curve of its profile', () => {
    fc.assert(
      fc.property(fc.array(flop, { minLength: 1, maxLength: 5 }), (amounts) => {
        let state: HeatState = COLD
        for (const amount of amounts) state = compute(state, phone, amount, state.seconds).state
        const whole = computeCost(
          amounts.reduce((sum, x) => sum + x, 0),
          phone,
          0,
        )
        expect(state.seconds).toBeCloseTo(whole.seconds, 6)
        expect(state.joules).toBeCloseTo(whole.joules, 6)
        expect(state.heat).toBeCloseTo(1 - Math.exp(-whole.seconds / 200), 9)
      }),
    )
  })

  test('cools while it rests, as a fine numeric integration of its cooling says', () => {
    const hot = compute(COLD, phone, 2e12, 0).state
    let heat = hot.heat
    for (let t = 0; t < 100; t += 0.01) heat -= (heat / 200) * 0.01
    expect(heatAt(hot, phone, hot.seconds + 100)).toBeCloseTo(heat, 4)
  })

  test('is never slower after a rest, nor done earlier for having rested', () => {
    fc.assert(
      fc.property(flop, flop, seconds, (first, second, rest) => {
        const { state } = compute(COLD, phone, first, 0)
        const [now, later] = [compute(state, phone, second, state.seconds), compute(state, phone, second, state.seconds + rest)]
        expect(later.seconds).toBeLessThanOrEqual(now.seconds * (1 + 1e-12))
        expect(rest + later.seconds).toBeGreaterThanOrEqual(now.seconds * (1 - 1e-12))
      }),
    )
  })

  test('that does not throttle stays cold and spends the same', () => {
    const { state } = compute(COLD, { gflops: 10, nanojoulesPerFlop: 0.1 }, 1e12, 5)
    expect(state).toEqual({ heat: 0, seconds: 105, joules: 100 })
  })

  test('stays finite however long it works', () => {
    const { state } = compute(COLD, phone, 1e18, 0)
    expect(compute(state, phone, 1e9, state.seconds).seconds).toBeCloseTo(0.1 / 0.7, 9)
  })
})
