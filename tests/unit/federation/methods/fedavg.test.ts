import { expect, test } from 'vitest'
import { fedavg } from '#main/federation/methods/fedavg.ts'
import { byKinds, scalars } from './scalars.ts'

const method = byKinds(fedavg({ localSteps: 5, bits: 8, localRate: (round) => 0.4 / round }))

test('asks for steps of backpropagation, and for nothing else', () => {
  expect(method.plan(2)).toEqual({
    guidance: false,
    guided: false,
    random: 0,
    shared: 0,
    train: { steps: 5, learningRate: 0.2, bits: 8 },
  })
})

test('sends down, as a gradient, what the phones changed on average, by their rows', () => {
  const { aggregate, summary } = method.aggregate(
    1,
    [scalars(0, 0.75, [], { difference: Float32Array.of(4, -8, 0) }), scalars(3, 0.25, [], { difference: Float32Array.of(0, 4, 4) })],
    3,
  )
  expect(aggregate).toEqual({
    guided: [],
    received: [1],
    shared: [],
    random: [],
    direction: { values: Float32Array.of(-3, 5, -1), bits: 8 },
  })
  expect(summary.source).toBe('backprop')
})
