import { describe, expect, test } from 'vitest'
import { type Example, makeBatch } from '#main/training/batch.ts'
import { evaluate } from '#main/training/evaluate.ts'
import { around } from '#main/training/point-sweep.ts'
import { Sweep } from '#main/training/sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { distance, mean, openTiny, oracle, recordedRows } from './tiny.ts'

describe('a batch', () => {
  test('is padded to its longest row, and padding is masked', () => {
    const batch = makeBatch(
      [
        { ids: Int32Array.of(2, 9, 3), label: 1 },
        { ids: Int32Array.of(2), label: 0 },
      ],
      7,
    )
    expect(batch).toMatchObject({ sequences: 2, tokens: 3 })
    expect([...batch.ids]).toEqual([2, 9, 3, 2, 7, 7])
    expect([...batch.mask].map((x) => x === 0)).toEqual([true, true, true, true, false, false])
    expect(Math.max(...[...batch.mask].filter((x) => x !== 0))).toBeLessThan(-1e8)
    expect([...batch.labels]).toEqual([1n, 0n])
  })

  test('needs a row', () => {
    expect(() => makeBatch([], 0)).toThrow('a batch needs a row')
  })
})

describe('evaluation', () => {
  test('gives the mean loss and accuracy of the recorded rows, and the logits of each by its index', async () => {
    const { model, weights, layout, adapter, arena, replica } = openTiny(null)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const logits: number[][] = []
    const result = await evaluate(around(replica, sweep), recordedRows, 0, (row, own) => (logits[row] = [...own]))
    expect(result.rows).toBe(4)
    expect(result.loss).toBeCloseTo(oracle.classification.loss, 4)
    expect(distance(logits.flat(), oracle.classification.logits.flat())).toBeLessThan(1e-4)
    const right = oracle.classification.logits.filter((own, n) => own.indexOf(Math.max(...own)) === oracle.batch.labels[n]).length
    expect(result.accuracy).toBe(right / 4)
  })

  test('of more rows than one batch equals that of each row alone', async () => {
    const { model, weights, layout, adapter, arena, replica } = openTiny(null)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const stream = new Stream(deriveKey(2, 'evaluate'))
    const rows = Array.from({ length: 71 }, (): Example => {
      return { ids: Int32Array.from({ length: 2 + stream.below(10) }, () => 5 + stream.below(55)), label: stream.below(3) }
    })
    const seen: number[] = []
    const whole = await evaluate(around(replica, sweep), rows, 0, (row) => seen.push(row))
    const alone = await Promise.resolve(
      rows.reduce<Promise<{ loss: number[]; right: number }>>(
        async (earlier, row) => {
          const { loss, right } = await earlier
          const one = await evaluate(around(replica, sweep), [row], 0)
          return { loss: [...loss, one.loss], right: right + one.accuracy }
        },
        Promise.resolve({ loss: [], right: 0 }),
      ),
    )
    expect(seen.toSorted((a, b) => a - b)).toEqual(rows.map((_, row) => row))
    expect(whole.loss).toBeCloseTo(mean(alone.loss), 5)
    expect(whole.accuracy).toBe(alone.right / 71)
  })
})
