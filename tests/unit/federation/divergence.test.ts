import { expect, test } from 'vitest'
import { Divergence } from '#main/federation/divergence.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { scenarioOf } from './fakes.ts'

function looked(losses: readonly (readonly [test: number | null, own: number | null])[], first = 1.7): number | null {
  const divergence = new Divergence(scenarioOf({ method: { kind: 'fedkseed' } }))
  divergence.begin(first)
  for (const [i, [testLoss, own]] of losses.entries()) {
    try {
      divergence.look(i + 1, testLoss, own)
    } catch (error) {
      expect(error).toBeInstanceOf(RunFailed)
      return i + 1
    }
  }
  return null
}

const rounds = (measured: number | null, own: number | null, count: number) => Array.from({ length: count }, () => [measured, own] as const)

test('five rounds in a row far above the start end the run', () => {
  expect(looked(rounds(18.8, 2, 9))).toBe(5)
  expect(looked([...rounds(18.8, 2, 4), [2, 2], ...rounds(18.8, 2, 4)])).toBe(null)
})

test('a loss that doubled from next to nothing, or rose by less than twice, is not far', () => {
  expect(looked(rounds(0.6, null, 20), 0.1)).toBe(null)
  expect(looked(rounds(3.3, null, 20))).toBe(null)
})

test('where the test rows were not measured the losses of the phones tell', () => {
  expect(looked([[null, 1.7], ...rounds(null, 30, 9)])).toBe(6)
  expect(looked(rounds(null, null, 20))).toBe(null)
})

test('says in one line what to change', () => {
  const divergence = new Divergence(scenarioOf({ method: { kind: 'fedkseed', learningRate: 0.5 } }))
  divergence.begin(1.81)
  const end = (): void => Array.from({ length: 5 }, (_, i) => divergence.look(i + 1, 18.8412, null)).forEach(() => {})
  expect(end).toThrow(
    'round 5: the run diverged: the test loss is 18.8, far above the 1.81 it began with, for 5 rounds; try a smaller method.learningRate than 0.5 or a larger method.batchSize',
  )
})
