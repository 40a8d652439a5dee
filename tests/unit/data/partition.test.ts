import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partition, type PartitionSpec } from '#main/data/partition.ts'
import { countsOf, dirichlet } from '#main/data/partition/dirichlet.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'

const spec: fc.Arbitrary<PartitionSpec> = fc.oneof(
  fc.constant({ kind: 'iid' as const }),
  fc.record({ kind: fc.constant('dirichlet' as const), alpha: fc.constantFrom(1e-6, 0.01, 0.5, 1, 1000) }),
  fc.record({ kind: fc.constant('quantity' as const), alpha: fc.constantFrom(1e-6, 0.01, 0.5, 1, 1000) }),
  fc.record({ kind: fc.constant('label' as const), labelsPerPhone: fc.integer({ min: 6, max: 9 }) }),
)

const balanced = (rows: number, classes: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row % classes)

/** Mean over the phones of the total variation distance between the phone's class shares and the overall ones. */
function skew(labels: Int32Array, parts: Int32Array[], classes: number): number {
  const shares = (rows: Iterable<number>): number[] => {
    const counts = Array.from({ length: classes }, () => 0)
    let total = 0
    for (const row of rows) {
      counts[labels[row] ?? 0] = (counts[labels[row] ?? 0] ?? 0) + 1
      total++
    }
    return counts.map((count) => count / total)
  }
  const all = shares(labels.keys())
  const distances = parts.map((part) => shares(part).reduce((sum, value, index) => sum + Math.abs(value - (all[index] ?? 0)) / 2, 0))
  return distances.reduce((sum, distance) => sum + distance, 0) / parts.length
}

describe('partition', () => {
  it('deals every row to exactly one phone, gives each phone its minimum, and repeats itself', () => {
    const labels = fc.array(fc.nat({ max: 5 }), { minLength: 24, maxLength: 200 })
    fc.assert(
      fc.property(
        labels,
        fc.integer({ min: 1, max: 8 }),
        spec,
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        (values, phones, kind, seed, minimum) => {
          const parts = partition(Int32Array.from(values), phones, kind, seed, minimum)
          expect(parts).toHaveLength(phones)
          const dealt = parts.flatMap((part) => [...part])
          expect(dealt.toSorted((a, b) => a - b)).toEqual(values.map((_, row) => row))
          for (const part of parts) {
            expect(part.length).toBeGreaterThanOrEqual(minimum)
            expect([...part]).toEqual([...part].sort((a, b) => a - b))
          }
          expect(partition(Int32Array.from(values), phones, kind, seed, minimum)).toEqual(parts)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('changes with the seed', () => {
    for (const kind of [
      { kind: 'iid' },
      { kind: 'dirichlet', alpha: 1 },
      { kind: 'quantity', alpha: 1 },
      { kind: 'label', labelsPerPhone: 2 },
    ] as const) {
      expect(partition(balanced(400, 4), 4, kind, 1)).not.toEqual(partition(balanced(400, 4), 4, kind, 2))
    }
  })

  it('iid: sizes within one row, like content', () => {
    const parts = partition(balanced(4003, 4), 8, { kind: 'iid' }, 5)
    const sizes = parts.map((part) => part.length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    expect(skew(balanced(4003, 4), parts, 4)).toBeLessThan(0.06)
  })

  it('dirichlet: skew falls as alpha grows, from one class per phone to like content', () => {
    const labels = balanced(8000, 4)
    const skews = [0.01, 0.5, 5, 1000].map((alpha) => skew(labels, partition(labels, 8, { kind: 'dirichlet', alpha }, 3, 10), 4))
    expect(skews).toEqual(skews.toSorted((a, b) => b - a))
    expect(skews[0]).toBeGreaterThan(0.5)
    expect(skews[3]).toBeLessThan(0.05)
  })

  it('quantity: unequal sizes with like content', () => {
    const labels = balanced(8000, 4)
    const parts = partition(labels, 8, { kind: 'quantity', alpha: 0.3 }, 3, 200)
    const sizes = parts.map((part) => part.length)
    expect(Math.max(...sizes)).toBeGreaterThan(2000)
    expect(skew(labels, parts, 4)).toBeLessThan(0.06)
    const even = partition(labels, 8, { kind: 'quantity', alpha: 1e6 }, 3).map((part) => part.length)
    expect(Math.max(...even) - Math.min(...even)).toBeLessThan(20)
  })

  it('label: each phone holds exactly the classes asked for where the classes are of like size', () => {
    const labels = balanced(2400, 6)
    for (const labelsPerPhone of [1, 2, 3]) {
      const parts = partition(labels, 12, { kind: 'label', labelsPerPhone }, 9)
      for (const part of parts) {
        expect(new Set([...part].map((row) => labels[row])).size).toBe(labelsPerPhone)
        expect(Math.abs(part.length - 200)).toBeLessThanOrEqual(labelsPerPhone)
      }
    }
  })

  it('label: at most the classes asked for where one class has most of the rows', () => {
    const labels = Int32Array.from({ length: 1000 }, (_, row) => (row < 940 ? 0 : row % 3))
    for (const part of partition(labels, 5, { kind: 'label', labelsPerPhone: 2 }, 1)) {
      expect(new Set([...part].map((row) => labels[row])).size).toBeLessThanOrEqual(2)
    }
  })

  it('says what is wrong with a request that can not be met', () => {
    const labels = balanced(12, 6)
    expect(() => partition(labels, 20, { kind: 'iid' }, 1)).toThrow(
      'data.partition: 12 private rows for 20 phones; expected at least 20 rows',
    )
    expect(() => partition(labels, 5, { kind: 'iid' }, 1, 3)).toThrow('expected at least 15 rows')
    expect(() => partition(labels, 0, { kind: 'iid' }, 1)).toThrow('fleet: 0 phones')
    expect(() => partition(labels, 2, { kind: 'label', labelsPerPhone: 2 }, 1)).toThrow(
      '2 for 6 classes on 2 phones; expected a whole number, at least 3',
    )
    for (const alpha of [0, -1, Number.NaN, Infinity]) {
      expect(() => partition(labels, 2, { kind: 'dirichlet', alpha }, 1)).toThrow('data.partition.alpha')
    }
  })
})

describe('dirichlet', () => {
  it('has the mean 1/n and the variance (n - 1) / (n^2 (n alpha + 1))', () => {
    for (const alpha of [0.1, 0.5, 2, 20]) {
      const stream = new Stream(deriveKey(1, 'dirichlet test', alpha))
      const draws = Array.from({ length: 20_000 }, () => dirichlet(4, alpha, stream)[0] ?? 0)
      const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
      const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length
      expect(mean).toBeCloseTo(0.25, 1)
      expect(variance / (3 / (16 * (4 * alpha + 1)))).toBeCloseTo(1, 1)
    }
  })

  it('stays a distribution where every gamma underflows', () => {
    const stream = new Stream(deriveKey(2, 'dirichlet test'))
    for (let draw = 0; draw < 100; draw++) {
      const shares = dirichlet(5, 1e-5, stream)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
      expect(Math.max(...shares)).toBeGreaterThan(0.99)
    }
  })
})

describe('countsOf', () => {
  it('adds up to the total, each count within one of its share', () => {
    const weights = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 })
      .filter((all) => all.some((one) => one > 0.001))
    fc.assert(
      fc.property(weights, fc.nat({ max: 10_000 }), (values, total) => {
        const sum = values.reduce((all, one) => all + one, 0)
        const shares = Float64Array.from(values, (value) => value / sum)
        const counts = countsOf(shares, total)
        expect(counts.reduce((all, one) => all + one, 0)).toBe(total)
        for (const [index, count] of counts.entries()) expect(Math.abs(count - (shares[index] ?? 0) * total)).toBeLessThanOrEqual(1.001)
      }),
    )
  })
})
