import { expect, test } from 'vitest'
import { makeBatch } from '#main/training/batch.ts'
import { type ProbePoint, Sweep } from '#main/training/sweep.ts'
import { SEQUENCES_PER_CALL } from '#main/training/sweep-plan.ts'
import { openTiny } from './tiny.ts'

test('a batch too large for one call gives every row what it gets in a small batch', async () => {
  const { model, weights, layout, adapter, arena, replica } = openTiny({ kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'output'] })
  using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
  replica.values.forEach((value, i) => (replica.values[i] = value + 0.1 * Math.sin(i)))
  const count = SEQUENCES_PER_CALL + 5
  const rows = Array.from({ length: count }, (_, n) => ({
    ids: Int32Array.from([0, 3, 6, 9, 12, 15, 18, 21], (step) => (7 * n + step) % 60),
    label: n % 3,
  }))
  const points: ProbePoint[] = [
    { direction: null, scale: 0 },
    { direction: replica.meanings([{ kind: 'seeded', owner: 0, round: 0, index: 0 }])[0]!, scale: 0.1 },
  ]
  const whole = await sweep.run(makeBatch(rows, 0), replica.values, points, replica.combiner)
  expect(new Set(whole.losses).size).toBeGreaterThan(count)
  for (let n = 0; n < count; n++) {
    const alone = await sweep.run(makeBatch([rows[n]!], 0), replica.values, points, replica.combiner)
    for (const [p] of points.entries()) {
      expect(Math.abs(whole.losses[p * count + n]! - alone.losses[p]!)).toBeLessThan(1e-5)
      for (let c = 0; c < 3; c++) {
        expect(Math.abs(whole.logits[(p * count + n) * 3 + c]! - alone.logits[p * 3 + c]!)).toBeLessThan(1e-5)
      }
    }
  }
})
