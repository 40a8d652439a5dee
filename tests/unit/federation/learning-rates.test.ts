import { expect, test } from 'vitest'
import { learningRates } from '#main/federation/learning-rates.ts'
import { scenarioOf } from './fakes.ts'

const ratesOf = (method: object): number[][] => {
  const { server, local } = learningRates(scenarioOf({ method, stop: { rounds: 4 } }))
  return [server, local].map((rate) => [1, 2, 3, 4, 5, 6].map(rate))
}

const falling = [1, 0.75, 0.5, 0.25, 0, 0]
const steady = [1, 1, 1, 1, 1, 1]

test('the rate of an update falls in a straight line to zero after the last round', () => {
  expect(ratesOf({ kind: 'fedmezo', learningRate: 1 })[0]).toEqual(falling)
  expect(ratesOf({ kind: 'cloud-only', learningRate: 2, horizonRounds: 2 })[0]).toEqual([2, 1, 0, 0, 0, 0])
})

test('of local steps whose mean change is added, the local rate falls', () => {
  expect(ratesOf({ kind: 'fedavg', learningRate: 1 })).toEqual([steady, falling])
  expect(ratesOf({ kind: 'decomfl', learningRate: 1, serverLearningRate: 3 })).toEqual([steady.map((x) => 3 * x), falling])
})

test('of local steps whose mean change is a gradient for Adam, the rate of the server falls', () => {
  const [server, local] = ratesOf({ kind: 'fedkseed', learningRate: 1, optimiser: 'adam' })
  expect(server!.map((x) => x * 100)).toEqual(falling.map((x) => expect.closeTo(x, 12) as number))
  expect(local).toEqual(steady)
  expect(ratesOf({ kind: 'fedkseed', learningRate: 1, optimiser: 'adam', serverLearningRate: 1 })[0]).toEqual(falling)
})
