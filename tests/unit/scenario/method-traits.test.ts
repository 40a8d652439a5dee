import { expect, test } from 'vitest'
import { METHODS, type MethodKeys, traitsOf } from '#shared/scenario/methods/index.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { messageFrom, smallest } from './examples.ts'

/** Keys that mean the same in every method that has them. */
const SHARED = ['batchSize', 'probe', 'probeSize', 'distribution', 'candidates', 'cloudBatchSize'] as const

const methodOf = (keys: object): MethodKeys => parseScenario({ ...smallest, method: keys }, 's.json').method

test.each(METHODS.map(({ kind }) => kind))('what %s is told under a key that others have too is its trait', (kind) => {
  const method = methodOf({ kind })
  const given = method as unknown as Record<string, unknown>
  const shared = SHARED.filter((key) => given[key] !== undefined)
  const traits = traitsOf(method)
  expect(shared.map((key) => traits[key])).toEqual(shared.map((key) => given[key]))
  expect(traits.ownSteps?.learningRate).toBe(given['localSteps'] === undefined ? undefined : given['learningRate'])
})

test('a method that has phones probe asks for a direction at least, and one with guidance keeps some of it', () => {
  const idle = METHODS.filter(({ kind }) => {
    const { probe, directions, guidance, poolSize } = traitsOf(methodOf({ kind }))
    return (probe !== 'backprop' && directions(6, 4) === 0) || (guidance !== 'none' && poolSize(6) === 0)
  })
  expect(idle).toEqual([])
})

test.each([
  [{ elastic: true, deadlineSeconds: 3 }, 'fewer probes: cooper, fedmezo, or decomfl with localSteps 1'],
  [{ aggregation: { kind: 'buffered' } }, 'or method fedmezo: only its'],
  [{ privacy: { model: 'local' } }, 'derivatives alone: cooper, fedmezo or decomfl'],
  [{ secureAggregation: true }, 'decomfl, or cooper with Newton steps (its usual optimiser) or randomDirections 0'],
])('%j is refused with the names of the methods that can do it', (federation, names) => {
  expect(messageFrom(() => parseScenario({ ...smallest, method: { kind: 'fwdllm' }, federation }, 's.json'))).toContain(names)
})
