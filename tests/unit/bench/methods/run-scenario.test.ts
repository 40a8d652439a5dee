import { describe, expect, test } from 'vitest'
import { CONDITIONS, hasOtherDomain } from '#main/bench/methods/conditions.ts'
import { METHOD_ENTRIES } from '#main/bench/methods/method-entries.ts'
import { runKey } from '#main/bench/methods/run-result.ts'
import { runScenario } from '#main/bench/methods/run-scenario.ts'
import { baseScenario, entryOf } from './records.ts'

const same = CONDITIONS[0]!
const choice = { condition: same, seed: 7, classes: 4, learningRate: 0.03, passes: 400, horizonPasses: 400 }
const domain = { path: 'builtin:stance/train?rows=80' }
const labels = { negative: 'health', positive: 'sport' }
const otherDomain = baseScenario({
  data: {
    train: { path: 'builtin:topic/train?rows=60' },
    public: { share: 0.2, rows: 9, condition: 'domain', source: domain, labels, noise: 0.1 },
  },
})
const publicOf = (base: typeof otherDomain, name: string) =>
  runScenario(base, { ...choice, entry: entryOf('cooper'), condition: CONDITIONS.find((condition) => condition.name === name)! }).data
    .public

describe('the scenario of a run', () => {
  test.each(METHOD_ENTRIES)('gives $name the budget, the seed and the rate, and all else as the base has it', (entry) => {
    const { kind, settings } = entry
    const base = baseScenario({
      method: { kind: 'cooper', batchSize: 5, probeSize: 0.02, cloudBatchSize: 11 },
      stop: { targetAccuracy: 0.8 },
    })
    const scenario = runScenario(base, { ...choice, entry })
    expect(scenario.seed).toBe(7)
    expect(scenario.method).toMatchObject({ kind, ...settings, learningRate: 0.03 })
    expect(scenario.stop).toMatchObject({ forwardPasses: 400, targetAccuracy: 0.8, atTarget: false })
    expect(scenario.stop.rounds).toBe(Math.ceil(400 / entry.passesPerRound(4)))
    if (kind !== 'cloud-only') expect(scenario.method).toMatchObject({ batchSize: 5 })
    if (entry.seesPublic) expect(scenario.method).toMatchObject({ cloudBatchSize: 11 })
    expect([scenario.fleet, scenario.model, scenario.data.train]).toEqual([base.fleet, base.model, base.data.train])
  })

  test('has as many rounds as the budget pays for, which for guided directions depends on the classes', () => {
    const rounds = (classes: number): number => runScenario(baseScenario(), { ...choice, classes, entry: entryOf('cooper') }).stop.rounds
    // 4, 6 and 8 directions of two passes.
    expect([rounds(2), rounds(3), rounds(4), rounds(20)]).toEqual([50, 34, 25, 25])
  })

  test('is the same in every state of the public data for a method that never sees them', () => {
    const keys = (kind: 'cooper' | 'fedmezo') =>
      CONDITIONS.map((condition) => runKey(runScenario(otherDomain, { ...choice, entry: entryOf(kind), condition }), '1'))
    expect(new Set(keys('fedmezo')).size).toBe(1)
    expect(new Set(keys('cooper')).size).toBe(CONDITIONS.length)
  })

  test('has the other domain in that condition alone', () => {
    expect(hasOtherDomain(otherDomain)).toBe(true)
    expect(publicOf(otherDomain, 'domain')).toMatchObject({ share: 0.2, rows: 9, condition: 'domain', source: domain, labels, noise: 0 })
    for (const name of ['same', 'label', 'noise', 'random', 'flipped']) {
      const given = publicOf(otherDomain, name)
      expect(given).toMatchObject({ share: 0.2, rows: 9 })
      expect(given).not.toHaveProperty('source')
      expect(given).not.toHaveProperty('labels')
    }
    expect(publicOf(otherDomain, 'noise')).toMatchObject({ condition: 'same', noise: 0.3 })
    expect(publicOf(otherDomain, 'same').noise).toBe(0)
  })

  test('keeps public data of their own file, which then are what is shifted or mislabelled', () => {
    const own = baseScenario({ data: { train: { path: 'builtin:topic/train?rows=60' }, public: { source: domain, labels } } })
    expect(hasOtherDomain(own)).toBe(false)
    expect(publicOf(own, 'label')).toMatchObject({ source: domain, labels, condition: 'label' })
    expect(publicOf(own, 'random')).toMatchObject({ source: domain, condition: 'random' })
    expect(publicOf(own, 'random')).not.toHaveProperty('labels')
  })
})

describe('the key of a run', () => {
  const scenario = runScenario(otherDomain, { ...choice, entry: entryOf('cooper') })

  test('depends on every value of the scenario and on the lab, but not on the name or the order of keys', () => {
    const key = runKey(scenario, '1')
    expect(runKey({ ...scenario, name: 'other' }, '1')).toBe(key)
    expect(runKey(Object.fromEntries(Object.entries(scenario).toReversed()) as typeof scenario, '1')).toBe(key)
    const others = [
      runKey(scenario, '2'),
      runKey({ ...scenario, seed: 8 }, '1'),
      runKey({ ...scenario, stop: { ...scenario.stop, forwardPasses: 401 } }, '1'),
      runKey({ ...scenario, fleet: [...scenario.fleet, ...scenario.fleet] }, '1'),
    ]
    expect(new Set([key, ...others]).size).toBe(5)
  })
})
