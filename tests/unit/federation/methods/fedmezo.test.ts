import { expect, test } from 'vitest'
import { fedmezo } from '#main/federation/methods/fedmezo.ts'

test('asks for random directions of each phone alone', () => {
  expect(fedmezo(10).plan(3)).toEqual({ guidance: false, guided: false, random: 10, shared: 0, project: false })
})

test('averages over directions, and over phones by their private rows, whichever answered', () => {
  const reports = [
    { phone: 0, weight: 0.25, rows: 16, guided: [], shared: [], random: [1, 2] },
    { phone: 3, weight: 0.75, rows: 16, guided: [], shared: [], random: [-4, 6] },
  ]
  const { aggregate, summary } = fedmezo(2).aggregate(1, reports, 1000)
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
