import { expect, test } from 'vitest'
import { decomfl } from '#main/federation/methods/decomfl.ts'
import { byKinds, estimatesOf, scalars } from './scalars.ts'

const method = byKinds(decomfl({ randomDirections: 2, localSteps: 3, localRate: (round) => 0.4 / round }))

const told = (phone: number, weight: number, values: readonly number[]) =>
  scalars(phone, weight, [], { estimates: estimatesOf(phone, { shared: values.map((value) => ({ value, variance: NaN })) }) })

test('asks every phone for the same directions, a few per local step', () => {
  expect(method.plan(2)).toEqual({
    guidance: false,
    guided: false,
    random: 0,
    shared: 6,
    local: { steps: 3, learningRate: 0.2 },
  })
})

test('averages what belongs to one direction over the phones by their rows, times the step of a direction', () => {
  const { aggregate } = method.aggregate(1, [told(1, 0.25, [4, 8, 0, 0, 0, 4]), told(2, 0.75, [0, 4, 8, 0, -4, 4])], 1000)
  expect(aggregate.shared.map((x) => x / 0.2)).toEqual([1, 5, 6, 0, -3, 4].map((x) => expect.closeTo(x, 12) as number))
  expect(aggregate).toMatchObject({ guided: [], random: [] })
})
