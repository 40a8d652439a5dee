import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Mechanism, epsilon, renyiDivergence } from '#main/federation/field/accountant.ts'

const density = (x: number, mean: number, deviation: number): number =>
  Math.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI))

/** Trapezoids over 16 deviations either side, which for such smooth integrands that vanish at the ends are exact to rounding. */
function integral(f: (x: number) => number, deviation: number): number {
  const [from, to, steps] = [-16 * deviation - 20, 16 * deviation + 20, 8000]
  const width = (to - from) / steps
  return Array.from({ length: steps + 1 }, (_, i) => f(from + i * width)).reduce((sum, y) => sum + y * width, 0)
}

/** The two neighbouring outputs in units of the clipping length: without the phone, and with it in a share q of the releases. */
const without = ({ noiseMultiplier }: Mechanism, x: number): number => density(x, 0, noiseMultiplier)
const present = ({ noiseMultiplier: z, samplingRate: q }: Mechanism, x: number): number => (1 - q) * density(x, 0, z) + q * density(x, 1, z)

/** The least epsilon at which one release is private for this delta: bisection on the hockey-stick divergence, both ways. */
function exactEpsilon(mechanism: Mechanism, delta: number): number {
  const spent = (eps: number, p: typeof present, q: typeof present): number =>
    integral((x) => Math.max(0, p(mechanism, x) - Math.exp(eps) * q(mechanism, x)), mechanism.noiseMultiplier)
  let [low, high] = [0, 60]
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2
    if (Math.max(spent(middle, present, without), spent(middle, without, present)) > delta) low = middle
    else high = middle
  }
  return high
}

describe('the Renyi divergence of one release', () => {
  test('is order / (2 z^2) where every phone takes part', () => {
    expect(renyiDivergence({ noiseMultiplier: 2, samplingRate: 1 }, 2.5)).toBeCloseTo(2.5 / 8, 12)
  })

  test.each([
    [1, 0.1],
    [0.7, 0.5],
    [3, 0.25],
    [1.5, 0.999],
  ])('is what integrating the densities gives, noise %d, rate %d, at whole orders', (noiseMultiplier, samplingRate) => {
    const mechanism = { noiseMultiplier, samplingRate }
    for (const order of [2, 3, 7]) {
      const moment = integral((x) => without(mechanism, x) * (present(mechanism, x) / without(mechanism, x)) ** order || 0, noiseMultiplier)
      expect(renyiDivergence(mechanism, order)).toBeCloseTo(Math.log(moment) / (order - 1), 9)
    }
  })

  test('is bounded from above between whole orders, closely', () => {
    for (const [noiseMultiplier, samplingRate] of [
      [1, 0.1],
      [2, 0.5],
    ] as const) {
      const mechanism = { noiseMultiplier, samplingRate }
      for (const order of [1.5, 2.4, 6.9]) {
        const moment = integral(
          (x) => without(mechanism, x) * (present(mechanism, x) / without(mechanism, x)) ** order || 0,
          noiseMultiplier,
        )
        const exact = Math.log(moment) / (order - 1)
        const bound = renyiDivergence(mechanism, order)
        expect(bound).toBeGreaterThan(exact)
        expect(bound).toBeLessThan(exact * (order < 3 ? 1.5 : 1.05))
      }
    }
  })

  test('nears that of full participation as the rate nears 1', () => {
    expect(renyiDivergence({ noiseMultiplier: 1.3, samplingRate: 1 - 1e-9 }, 5)).toBeCloseTo(5 / (2 * 1.69), 6)
  })
})

describe('epsilon', () => {
  test.each([
    [1, 1, 1e-5],
    [0.8, 0.3, 1e-5],
    [2, 0.5, 1e-3],
    [4, 1, 1e-6],
  ])(
    'of one release is never below the exact one and not far above, noise %d, rate %d, delta %d',
    (noiseMultiplier, samplingRate, delta) => {
      const mechanism = { noiseMultiplier, samplingRate }
      const exact = exactEpsilon(mechanism, delta)
      const bound = epsilon(mechanism, 1, delta)
      expect(bound).toBeGreaterThanOrEqual(exact)
      expect(bound).toBeLessThan(1.25 * exact)
    },
  )

  test('of T releases to which all contribute is that of one with a T-th of the inverse variance', () => {
    // A sum of Gaussians is a Gaussian: exact for this mechanism.
    const many = epsilon({ noiseMultiplier: 10, samplingRate: 1 }, 25, 1e-5)
    expect(many).toBeCloseTo(epsilon({ noiseMultiplier: 2, samplingRate: 1 }, 1, 1e-5), 9)
    expect(many).toBeGreaterThanOrEqual(exactEpsilon({ noiseMultiplier: 2, samplingRate: 1 }, 1e-5))
  })

  // TensorFlow Privacy, tutorials/README.md (batch 256 of 60,000, delta 1e-5), with the conversion of Mironov 2017 that it used then.
  test.each([
    [1.12, 60, 2.92],
    [0.6, 30, 9.74],
    [1.2, 10, 1.2],
    [1.12, 1, 1.0],
  ])('agrees with a published accountant: noise %d, %d epochs, epsilon %d', (noiseMultiplier, epochs, published) => {
    const mechanism = { noiseMultiplier, samplingRate: 256 / 60_000 }
    const releases = Math.floor((epochs * 60_000) / 256)
    const orders = Array.from({ length: 630 }, (_, i) => 1.1 + i / 10)
    const earlier = Math.min(...orders.map((order) => releases * renyiDivergence(mechanism, order) + Math.log(1e5) / (order - 1)))
    // The chord between whole orders costs up to 0.4 % here.
    expect(earlier).toBeGreaterThan(published - 0.01)
    expect(earlier).toBeLessThan(published * 1.004 + 0.01)
    expect(epsilon(mechanism, releases, 1e-5)).toBeLessThan(earlier)
  })

  test('is 0 before anything is released, grows with releases and with the rate, falls with noise and with delta', () => {
    const mechanism = fc.record({
      noiseMultiplier: fc.double({ min: 0.3, max: 20, noNaN: true }),
      samplingRate: fc.double({ min: 1e-3, max: 0.9, noNaN: true }),
    })
    fc.assert(
      fc.property(mechanism, fc.integer({ min: 1, max: 500 }), (given, releases) => {
        // Up to rounding.
        const notMore = (a: number, b: number): void => expect(a).toBeLessThanOrEqual(b + 1e-9 * Math.abs(b))
        const base = epsilon(given, releases, 1e-5)
        expect(epsilon(given, 0, 1e-5)).toBe(0)
        expect(base).toBeGreaterThanOrEqual(0)
        notMore(base, epsilon(given, releases + 50, 1e-5))
        notMore(base, epsilon({ ...given, samplingRate: 1 }, releases, 1e-5))
        notMore(epsilon({ ...given, noiseMultiplier: 2 * given.noiseMultiplier }, releases, 1e-5), base)
        notMore(base, epsilon(given, releases, 1e-7))
      }),
      { numRuns: 40 },
    )
  })
})
