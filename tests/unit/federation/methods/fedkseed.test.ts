import { expect, test } from 'vitest'
import { fedkseed } from '#main/federation/methods/fedkseed.ts'
import { byKinds, estimatesOf, scalars } from './scalars.ts'

const method = byKinds(fedkseed({ seeds: 100, localSteps: 3, localRate: (round) => 0.5 / round }))

const told = (phone: number, weight: number, seeds: readonly number[], values: readonly number[]) =>
  scalars(phone, weight, [], { estimates: estimatesOf(phone, { seeds: seeds.map((seed, s) => [seed, values[s]!] as const) }) })

test('asks for local steps along directions of the fixed set', () => {
  expect(method.plan(2)).toEqual({
    guidance: false,
    guided: false,
    random: 3,
    shared: 0,
    size: 100,
    local: { steps: 3, learningRate: 0.25 },
  })
})

test('adds up what belongs to one seed, over the steps and, by their rows, over the phones', () => {
  const { aggregate } = method.aggregate(2, [told(0, 0.75, [7, 9, 7], [1, 2, 4]), told(4, 0.25, [9, 3, 3], [8, 16, 32])], 1000)
  expect(aggregate).toEqual({
    guided: [],
    shared: [],
    random: [],
    seeds: new Map([
      [7, 0.25 * (0.75 * 1 + 0.75 * 4)],
      [9, 0.25 * (0.75 * 2 + 0.25 * 8)],
      [3, 0.25 * (0.25 * 16 + 0.25 * 32)],
    ]),
  })
})

test("of one phone, taken as it is, is where the phone's own steps led", () => {
  // Two parameters; direction j of the fixed set, and a loss whose derivative along it is 10 j at the start and falls by 1 a step.
  const direction = (j: number): number[] => [j, 1 - j]
  const theta = [0, 0]
  const [seeds, measured]: [number[], number[]] = [
    [2, 0, 2],
    [20, -1, 18],
  ]
  seeds.forEach((j, s) => direction(j).forEach((z, e) => (theta[e] = theta[e]! - 0.5 * measured[s]! * z)))
  const { aggregate } = method.aggregate(1, [told(0, 1, seeds, measured)], 2)
  const reached = [0, 0]
  for (const [j, a] of aggregate.seeds!) direction(j).forEach((z, e) => (reached[e] = reached[e]! - a * z))
  expect(reached).toEqual(theta)
})
