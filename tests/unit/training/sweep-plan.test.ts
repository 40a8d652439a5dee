import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AMPLE, callsOf, groupSizes, groupsOf, rowsIn } from '#main/training/sweep-plan.ts'
import type { ModelConfig } from '#main/models/model-config.ts'

const config = (hiddenSize: number, heads: number): ModelConfig => ({ hiddenSize, intermediateSize: 4 * hiddenSize, heads }) as ModelConfig

const work = fc.record({
  config: fc.constantFrom(config(16, 2), config(128, 4), config(768, 12), config(1024, 16)),
  batch: fc.record({ sequences: fc.integer({ min: 1, max: 80 }), tokens: fc.integer({ min: 1, max: 512 }) }),
  points: fc.integer({ min: 1, max: 40 }),
  budget: fc.record({ activationBytes: fc.integer({ min: 1, max: 2 ** 24 }), stateBytes: fc.integer({ min: 1, max: 2 ** 26 }) }),
})

describe('the plan of a sweep', () => {
  test('computes every row of every point once, in order', () => {
    fc.assert(
      fc.property(work, ({ config: model, batch, points, budget }) => {
        const rows = callsOf(model, batch, points, budget).flatMap(({ from, to, first, sequences }) => {
          // Rows of several points lie one after another only if each point is whole.
          if (to - from > 1) expect({ first, sequences }).toEqual({ first: 0, sequences: batch.sequences })
          return Array.from({ length: (to - from) * sequences }, (_, i) => from * batch.sequences + first + i)
        })
        expect(rows).toEqual([...Array(points * batch.sequences).keys()])
      }),
      { numRuns: 200 },
    )
  })

  test('has groups that differ by one point at most and together have all', () => {
    fc.assert(
      fc.property(work, ({ config: model, batch, points, budget }) => {
        const sizes = groupSizes(model, batch, points, budget)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(points)
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(Math.max(1, Math.max(...sizes) - 1))
      }),
    )
  })

  test('keeps activations and states within the budget unless a single row or a single point takes more', () => {
    fc.assert(
      fc.property(work, ({ config: model, batch, points, budget }) => {
        const widest = Math.max(model.intermediateSize, model.heads * batch.tokens)
        const sizes = callsOf(model, batch, points, budget).map(({ from, to, sequences }) => (to - from) * sequences)
        expect(sizes.filter((rows) => rows > 1 && 4 * rows * batch.tokens * widest > budget.activationBytes)).toEqual([])
        const point = 4 * batch.sequences * batch.tokens * model.hiddenSize
        for (const size of groupSizes(model, batch, points, budget)) expect(size === 1 || size * point <= budget.stateBytes).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('has every point in one group and lets it join where it moves first; what rests below shares one row', () => {
    const layers = 4
    const property = fc.property(
      work,
      fc.array(fc.integer({ min: 0, max: layers }), { maxLength: 40 }),
      ({ config: model, batch, budget }, joins) => {
        const groups = groupsOf({ ...model, layers }, batch, joins, budget)
        expect(groups.flatMap(({ points }) => points).sort((a, b) => a - b)).toEqual([...joins.keys()])
        const all = groups.flatMap(({ points }) => points.map((point) => joins[point]!))
        expect(all).toEqual(all.toSorted((a, b) => a - b))
        for (const group of groups) {
          for (let layer = 0; layer <= layers; layer++) {
            const own = group.points.filter((point) => joins[point]! <= layer).length
            expect(group.joined[layer]).toBe(own)
            expect(rowsIn(group, layer)).toBe(own < group.points.length ? own + 1 : own)
          }
          expect(rowsIn(group, layers)).toBe(group.points.length)
        }
      },
    )
    fc.assert(property)
  })

  test('keeps the order of points that join alike', () => {
    const [group] = groupsOf({ ...config(16, 2), layers: 2 }, { sequences: 1, tokens: 4 }, [1, 0, 1, 2, 0], AMPLE)
    expect(group!.points).toEqual([1, 4, 0, 2, 3])
  })

  test('reads the weights of a small model once for all points', () => {
    expect(groupSizes(config(128, 4), { sequences: 16, tokens: 40 }, 20)).toEqual([20])
  })
})
