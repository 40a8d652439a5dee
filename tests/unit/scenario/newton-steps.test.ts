import { expect, test } from 'vitest'
import { firstLearningRate } from '#shared/scenario/newton-steps.ts'
import { optimiserOf } from '#shared/scenario/optimiser.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

const base = { model: { checkpoint: 'm' }, data: { train: { path: 't' } }, fleet: [{ profile: 'pixel-4', count: 2 }] }
const scenarioOf = (change: object) => parseScenario({ ...base, ...change }, 's.json')
const PRIVATE = { federation: { privacy: {} }, method: { kind: 'cooper', randomDirections: 0 } }
const NEXT_WORD = { task: { kind: 'language-model' } }

test.each([
  ['cooper takes whole Newton steps', {}, 'newton', 1],
  ['cooper takes the share of them that it is told', { method: { kind: 'cooper', learningRate: 0.5 } }, 'newton', 0.5],
  ['cooper takes steps of Adam where it is told to', { method: { kind: 'cooper', optimiser: 'adam' } }, 'adam', 0.01],
  ['cooper takes steps of Adam where phones hide their curvature', PRIVATE, 'adam', 0.01],
  ['cooper takes steps of Adam where rows have no classes', NEXT_WORD, 'adam', 0.01],
  ['other methods keep to their optimiser', { method: { kind: 'decomfl' } }, 'sgd', 0.01],
])('%s', (_, change, optimiser, rate) => {
  const scenario = scenarioOf(change)
  expect([optimiserOf(scenario), firstLearningRate(scenario)]).toEqual([optimiser, rate])
})

test.each([
  ['federation.privacy', { ...PRIVATE, method: { ...PRIVATE.method, optimiser: 'newton' } }],
  ['method.optimiser', { ...NEXT_WORD, method: { kind: 'cooper', optimiser: 'newton' } }],
])('Newton steps are refused where there is no curvature: %s', (key, change) => {
  const refused = (): unknown => scenarioOf(change)
  expect(refused).toThrow(InputError)
  expect(refused).toThrow(key)
})

test('masks go with Newton steps, whose directions all phones share, but not with random directions of their own', () => {
  const masked = (method: object) => (): unknown =>
    scenarioOf({ federation: { secureAggregation: true }, method: { kind: 'cooper', ...method } })
  expect(masked({})).not.toThrow()
  expect(masked({ optimiser: 'adam', randomDirections: 0 })).not.toThrow()
  expect(masked({ optimiser: 'adam' })).toThrow('federation.secureAggregation')
})
