import { expect, test } from 'vitest'
import { budgetUnder } from '#main/training/sweep-budget.ts'
import { AMPLE, callsOf, groupSizes } from '#main/training/sweep-plan.ts'
import type { ModelConfig } from '#main/models/model-config.ts'

const MB = 10 ** 6
const bertBase = { hiddenSize: 768, intermediateSize: 3072, heads: 12, layers: 12 } as ModelConfig
/** A block of BERT-base and a replica of LoRA of rank 8. */
const arenaBytes = 33 * MB

test('without a cap, or far below it, nothing is short', () => {
  expect(budgetUnder(undefined, arenaBytes, 'two-point')).toEqual(AMPLE)
  expect(budgetUnder(2 ** 31, arenaBytes, 'jvp')).toEqual(AMPLE)
})

test('a smaller cap leaves less for both, down to nothing', () => {
  for (const probe of ['two-point', 'jvp'] as const) {
    const budgets = [60, 130, 140, 150, 170, 200, 400].map((cap) => budgetUnder(cap * MB, arenaBytes, probe))
    for (const [i, { activationBytes, stateBytes }] of budgets.entries()) {
      expect(Math.min(activationBytes, stateBytes)).toBeGreaterThanOrEqual(0)
      expect(activationBytes).toBeGreaterThanOrEqual(budgets[i - 1]?.activationBytes ?? 0)
      expect(stateBytes).toBeGreaterThanOrEqual(budgets[i - 1]?.stateBytes ?? 0)
    }
    expect(budgets[0]).toEqual({ activationBytes: 0, stateBytes: 0 })
  }
})

test('tangents, which keep more alive, get smaller calls under the same cap', () => {
  const [values, tangents] = (['two-point', 'jvp'] as const).map((probe) => budgetUnder(170 * MB, arenaBytes, probe))
  expect(tangents!.activationBytes).toBeLessThan(values!.activationBytes)
})

test('BERT-base under 150 MB computes two rows of 64 tokens at a time, without a cap a batch of 8', () => {
  const batch = { sequences: 8, tokens: 64 }
  const rowsAtATime = (cap?: number): number => callsOf(bertBase, batch, 2, budgetUnder(cap, arenaBytes, 'two-point'))[0]!.sequences
  expect([rowsAtATime(140 * MB), rowsAtATime(150 * MB), rowsAtATime()]).toEqual([1, 2, 8])
  expect(groupSizes(bertBase, batch, 16, budgetUnder(150 * MB, arenaBytes, 'two-point'))).toEqual([4, 4, 4, 4])
})
