import { expect, test } from 'vitest'
import { METHOD_ENTRIES, type MethodEntry } from '#main/bench/methods/method-entries.ts'

const named = (holds: (entry: MethodEntry) => boolean): string[] => METHOD_ENTRIES.filter(holds).map(({ name }) => name)

test('public data are seen where the cloud computes, and not by the control without guidance', () => {
  expect(named(({ seesPublic }) => seesPublic)).toEqual(['cooper', 'heimda', 'cloud-only'])
})

test('the plain methods are the published ones that probe without a cloud', () => {
  expect(named(({ plain }) => plain)).toEqual(['fedmezo', 'fwdllm', 'fedkseed', 'decomfl'])
})

test('methods share the keys that they have with the scenario under test, and its public rows only where they see them', () => {
  const common = Object.fromEntries(METHOD_ENTRIES.map((entry) => [entry.name, entry.common]))
  const probing = ['batchSize', 'probe', 'probeSize', 'distribution']
  expect(common).toEqual({
    cooper: [...probing, 'cloudBatchSize'],
    'cooper-unguided': probing,
    heimda: [...probing, 'cloudBatchSize'],
    fedmezo: probing,
    fwdllm: probing,
    fedkseed: probing,
    decomfl: probing,
    fedavg: ['batchSize'],
    'cloud-only': ['cloudBatchSize'],
  })
})
