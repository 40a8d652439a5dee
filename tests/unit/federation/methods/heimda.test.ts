import { expect, test } from 'vitest'
import { heimda } from '#main/federation/methods/heimda.ts'
import { byKinds, scalars } from './scalars.ts'

const method = byKinds(heimda({ randomDirections: 2, cloudWeight: 0.25 }))

test('asks for a new cloud gradient and for random directions, each probed together with a mixture of the pool', () => {
  expect(method.plan(4)).toEqual({ guidance: true, guided: false, random: 2, shared: 0, mixture: true })
})

test("mixes the newest cloud gradient and the phones' estimate with fixed weights", () => {
  const { aggregate, summary } = method.aggregate(1, [scalars(0, 0.5, [2, 4]), scalars(3, 0.5, [-8, 0])], 1000)
  // .75 of the mean over two directions of each of two phones of equal weight.
  const share = 0.75 / 4
  expect(aggregate).toEqual({
    guided: [],
    received: [0.25],
    shared: [],
    random: [
      [2 * share, 4 * share],
      [-8 * share, 0],
    ],
  })
  expect(summary.source).toBe('hybrid')
})
