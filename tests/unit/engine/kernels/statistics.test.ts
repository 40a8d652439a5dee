import { beforeAll, describe, expect, it } from 'vitest'
import type { Key } from '#shared/random/counter.ts'
import { loaded, noise } from './loaded.ts'

// Seeds are fixed, so nothing here is left to chance; bounds are those a perfect generator would break about once in 10^5 such tests.
const N = 1 << 20
const keys: Key[] = [
  [0, 0],
  [1, 0],
  [0, 1],
  [0xdeadbeef, 0x01234567],
]
const engine = loaded(160 * 2 ** 20)
const { arena, kernels } = engine
const start = arena.mark()
const address = (view: Float32Array): number => arena.offsetOf(view)
const correlation = (x: Float32Array, y: Float32Array): number => kernels.dot(address(x), address(y), x.length) / Math.sqrt(x.length)

function fresh(kind: 'gaussian' | 'rademacher', key: Key, offset = 0, n = N): Float32Array<ArrayBuffer> {
  return noise(engine, kind, key, offset, n)
}

/** Bounds for m standard normal scores: the largest, and their mean square. */
function expectStandard(scores: readonly number[]): void {
  const meanSquare = scores.reduce((sum, z) => sum + z * z, 0) / scores.length
  expect(Math.max(...scores.map(Math.abs))).toBeLessThan(Math.sqrt(2 * Math.log(scores.length)) + 3.2)
  expect(Math.abs(meanSquare - 1)).toBeLessThan(4.5 * Math.sqrt(2 / scores.length) + 8 / scores.length)
}

/** The normal distribution function by the Taylor series of erf at the centre and a continued fraction in the tails. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = Math.abs(x)
    for (let k = 60; k >= 1; k--) fraction = Math.abs(x) + k / fraction
    const tail = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) / fraction
    return x < 0 ? tail : 1 - tail
  }
  let term = x
  let sum = x
  for (let k = 1; k < 60; k++) sum += term *= (-x * x * (2 * k - 1)) / (2 * k * (2 * k + 1))
  return 0.5 + sum / Math.sqrt(2 * Math.PI)
}

describe('Gaussian numbers', () => {
  let samples: Float32Array<ArrayBuffer>[]
  beforeAll(() => {
    arena.release(start)
    samples = keys.map((key) => fresh('gaussian', key))
  })

  it('have the moments of the normal distribution', () => {
    for (const z of samples) {
      const moments = [0, 0, 0, 0, 0, 0, 0]
      for (const x of z) for (let k = 1, power = x; k <= 6; k++, power *= x) moments[k]! += power / N
      // E z^k, and the standard deviation of its mean: sqrt(E z^2k - (E z^k)^2) / sqrt N.
      const expected = [0, 0, 1, 0, 3, 0, 15]
      const second = [1, 1, 3, 15, 105, 945, 10395]
      for (let k = 1; k <= 6; k++) {
        const deviation = Math.sqrt((second[k]! - expected[k]! ** 2) / N)
        expect(Math.abs(moments[k]! - expected[k]!) / deviation).toBeLessThan(4.5)
      }
    }
  })

  it('pass the Kolmogorov-Smirnov test against the normal distribution', () => {
    for (const z of samples) {
      const sorted = z.slice().sort()
      let distance = 0
      // Every 16th order statistic: that misses at most 16 / N of the distance.
      for (let i = 0; i < N; i += 16) {
        const cdf = normalCdf(sorted[i]!)
        distance = Math.max(distance, cdf - i / N, (i + 1) / N - cdf)
      }
      // P(sqrt(N) D > 2.4) = 2 exp(-2 * 2.4^2) = 2e-5
      expect(Math.sqrt(N) * distance).toBeLessThan(2.4)
      expect(Math.sqrt(N) * distance).toBeGreaterThan(0.25)
    }
  })

  it('have tails to 5.5 standard deviations, and none beyond 6.7', () => {
    const n = 1 << 24
    const mark = arena.mark()
    const z = arena.floats(n)
    const counts = [0, 0, 0, 0]
    const thresholds = [4, 4.5, 5, 5.5]
    let largest = 0
    const rounds = 4
    for (let round = 0; round < rounds; round++) {
      z.fill(0)
      kernels.addGaussian(address(z), n, 1, [5, 5], round * n)
      for (let i = 0; i < n; i++) {
        const size = Math.abs(z[i]!)
        if (size > 4) {
          for (let k = 0; k < 4; k++) if (size > thresholds[k]!) counts[k]!++
          largest = Math.max(largest, size)
        }
      }
    }
    arena.release(mark)
    thresholds.forEach((threshold, k) => {
      const expected = 2 * normalCdf(-threshold) * n * rounds
      expect(Math.abs(counts[k]! - expected)).toBeLessThan(4.5 * Math.sqrt(expected) + 1)
    })
    expect(largest).toBeGreaterThan(5.3)
    expect(largest).toBeLessThan(6.7)
  })

  it('do not correlate with themselves at lags 1 to 64, nor do their squares', () => {
    const scores: number[] = []
    for (const z of samples) {
      const mark = arena.mark()
      const squares = arena.floats(N)
      for (let i = 0; i < N; i++) squares[i] = (z[i]! ** 2 - 1) / Math.SQRT2
      for (const x of [z, squares]) {
        for (let lag = 1; lag <= 64; lag++) scores.push(correlation(x.subarray(0, N - lag), x.subarray(lag)))
      }
      arena.release(mark)
    }
    expectStandard(scores)
  })

  it('are independent of the Rademacher numbers of the same key', () => {
    expectStandard(
      keys.flatMap((key, k) => {
        const mark = arena.mark()
        const signs = fresh('rademacher', key)
        const scores = [correlation(samples[k]!, signs)]
        for (const lag of [1, 2, 4, 8]) scores.push(correlation(samples[k]!.subarray(0, N - lag), signs.subarray(lag)))
        arena.release(mark)
        return scores
      }),
    )
  })
})

describe.each(['gaussian', 'rademacher'] as const)('%s streams', (kind) => {
  const n = 1 << 14

  it('of neighbouring keys do not correlate, at any small shift', () => {
    const scores: number[] = []
    for (let a = 0; a < 12; a++) {
      for (let b = 0; b < 12; b++) {
        arena.release(start)
        const mine = fresh(kind, [a, b], 0, n + 16)
        for (const other of [
          [a + 1, b],
          [a, b + 1],
          [b + 20, a],
          [a ^ 0x80000000, b],
        ] as const) {
          const theirs = fresh(kind, other, 0, n)
          for (const shift of [0, 1, 4, 8, 16]) scores.push(correlation(mine.subarray(shift, shift + n), theirs))
        }
      }
    }
    expectStandard(scores)
  })

  it('do not contain one another permuted by an exclusive or of the index', () => {
    const scores: number[] = []
    for (const other of [
      [1, 0],
      [2, 0],
      [4, 0],
      [0, 1],
      [0, 2],
      [0, 4],
    ] as const) {
      arena.release(start)
      const mine = fresh(kind, [0, 0], 0, n)
      const theirs = fresh(kind, other, 0, n)
      const permuted = arena.floats(n)
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
        for (let i = 0; i < n; i++) permuted[i] = theirs[i ^ mask]!
        scores.push(correlation(mine, permuted))
      }
    }
    expectStandard(scores)
  })

  it('of neighbouring offsets do not correlate', () => {
    arena.release(start)
    const scores: number[] = []
    const whole = fresh(kind, [3, 9], 0, 65 * n)
    const first = whole.subarray(0, n)
    for (let k = 1; k <= 64; k++) scores.push(correlation(first, whole.subarray(k * n, (k + 1) * n)))
    expectStandard(scores)
  })

  it('change altogether when any bit of the key does', () => {
    const scores: number[] = []
    for (const base of [
      [0, 0],
      [0x9e3779b9, 0x85ebca6b],
    ] as const) {
      for (let bit = 0; bit < 64; bit++) {
        arena.release(start)
        const flipped: Key = bit < 32 ? [(base[0] ^ (1 << bit)) >>> 0, base[1]] : [base[0], (base[1] ^ (1 << (bit - 32))) >>> 0]
        scores.push(correlation(fresh(kind, base, 0, n), fresh(kind, flipped, 0, n)))
      }
    }
    expectStandard(scores)
  })
})

describe('Rademacher numbers', () => {
  it('are balanced, as a whole and at each of the 128 places of a block', () => {
    for (const key of keys) {
      arena.release(start)
      const z = fresh('rademacher', key)
      const sums = Array.from({ length: 128 }, () => 0)
      for (let i = 0; i < N; i++) sums[i % 128]! += z[i]!
      expect(z.every((x) => x === 1 || x === -1)).toBe(true)
      expectStandard(sums.map((sum) => sum / Math.sqrt(N / 128)))
      expect(Math.abs(sums.reduce((a, b) => a + b)) / Math.sqrt(N)).toBeLessThan(4.5)
    }
  })

  it('do not correlate with themselves at lags 1 to 64', () => {
    const scores: number[] = []
    for (const key of keys) {
      arena.release(start)
      const z = fresh('rademacher', key)
      for (let lag = 1; lag <= 64; lag++) scores.push(correlation(z.subarray(0, N - lag), z.subarray(lag)))
    }
    expectStandard(scores)
  })

  it('form runs of geometric length', () => {
    for (const key of keys) {
      arena.release(start)
      const z = fresh('rademacher', key)
      const counts = Array.from({ length: 16 }, () => 0)
      let runs = 0
      for (let i = 1, length = 1; i < N; i++) {
        if (z[i] === z[i - 1]) length++
        else {
          counts[Math.min(length, 15)]!++
          runs++
          length = 1
        }
      }
      let chiSquare = 0
      for (let length = 1; length <= 15; length++) {
        const expected = runs * 0.5 ** Math.min(length, 14)
        chiSquare += (counts[length]! - expected) ** 2 / expected
      }
      // 14 degrees of freedom: P(chi^2 > 50) = 6e-6
      expect(chiSquare).toBeLessThan(50)
    }
  })
})
