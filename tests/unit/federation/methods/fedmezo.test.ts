import { expect, test } from 'vitest'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'
import { byKinds, scalars } from './scalars.ts'

test('asks for random directions of each phone alone', () => {
  expect(byKinds(fedmezo(10)).plan(3)).toEqual({ guidance: false, guided: false, random: 10, shared: 0 })
})

test('averages over directions, and over phones by their private rows, whichever answered', () => {
  const reports = [scalars(0, 0.25, [1, 2]), scalars(3, 0.75, [-4, 6])]
  const { aggregate, summary } = byKinds(fedmezo(2)).aggregate(1, reports, 1000)
  expect(aggregate).toEqual({
    guided: [],
    shared: [],
    random: [
      [0.125, 0.25],
      [-1.5, 2.25],
    ],
  })
  expect(summary).toMatchObject({ source: 'random', guidedEnergy: null, randomEnergy: null })
})
