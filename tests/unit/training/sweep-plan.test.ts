import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callsOf, groupSizes } from '#main/training/sweep-plan.ts'
import type { ModelConfig } from '#main/models/config.ts'

const config = (hiddenSize: number, heads: number): ModelConfig => ({ hiddenSize, intermediateSize: 4 * hiddenSize, heads }) as ModelConfig

const work = fc.record({
  config: fc.constantFrom(config(16, 2), config(128, 4), config(768, 12), config(1024, 16)),
  batch: fc.record({ sequences: fc.integer({ min: 1, max: 80 }), tokens: fc.integer({ min: 1, max: 512 }) }),
  points: fc.integer({ min: 1, max: 40 }),
})

describe('the plan of a sweep', () => {
  test('computes every row of every point once, in order', () => {
    fc.assert(
      fc.property(work, ({ config: model, batch, points }) => {
        const rows = callsOf(model, batch, points).flatMap(({ from, to, first, sequences }) => {
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
      fc.property(work, ({ config: model, batch, points }) => {
        const sizes = groupSizes(model, batch, points)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(points)
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(Math.max(1, Math.max(...sizes) - 1))
      }),
    )
  })

  test.each([
    ['the built-in encoder', config(128, 4), { sequences: 16, tokens: 40 }],
    ['BERT-base', config(768, 12), { sequences: 8, tokens: 64 }],
    ['BERT-base on long rows', config(768, 12), { sequences: 4, tokens: 512 }],
    ['BERT-large', config(1024, 16), { sequences: 8, tokens: 64 }],
  ])(
    'keeps activations of %s below 2 MiB unless a single row takes more, and states below 8 MiB unless a single point does',
    (_, model, batch) => {
      const widest = Math.max(model.intermediateSize, model.heads * batch.tokens)
      for (const { from, to, sequences } of callsOf(model, batch, 16)) {
        const rows = (to - from) * sequences
        expect(rows === 1 || 4 * rows * batch.tokens * widest <= 2 * 2 ** 20).toBe(true)
      }
      const point = 4 * batch.sequences * batch.tokens * model.hiddenSize
      for (const size of groupSizes(model, batch, 16)) expect(size === 1 || size * point <= 8 * 2 ** 20).toBe(true)
    },
  )

  test('reads the weights of a small model once for all points', () => {
    expect(groupSizes(config(128, 4), { sequences: 16, tokens: 40 }, 20)).toEqual([20])
  })
})
