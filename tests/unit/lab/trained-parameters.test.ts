import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fullDiskBytes, trainedParameters } from '#main/lab/trained-parameters.ts'
import { Model } from '#main/models/model.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { tinyDirectory } from '../training/tiny.ts'

const scratch = mkdtempSync(join(tmpdir(), 'cooperlab-scratch-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const scenarioOf = (adapter: object) =>
  parseScenario(
    {
      model: { checkpoint: tinyDirectory, adapter },
      data: { train: { path: 'd.tsv' } },
      method: { kind: 'fedmezo', optimiser: 'sgd' },
      fleet: [{ profile: 'pixel-4' }],
    },
    's',
  )
const model = new Model(tinyDirectory, 1)

test('every weight needs a file of each replica, which goes away with the session', () => {
  {
    using trained = trainedParameters(scenarioOf({ kind: 'full' }), model, 3, 5, scratch)
    const specs = ['phone-0', 'phone-1', 'cloud'].map((name) => trained.of(name))
    for (const spec of specs) {
      if (spec.kind !== 'full') throw new Error(spec.kind)
      expect(existsSync(spec.start)).toBe(true)
      expect(existsSync(spec.own)).toBe(false)
    }
    expect(new Set(specs.map((spec) => spec.kind === 'full' && spec.own)).size).toBe(3)
    expect(trained.adapter).toBeNull()
    expect(trained.diskBytes).toBe(fullDiskBytes(trained.layout.size, 5))
  }
  expect(readdirSync(scratch)).toEqual([])
})

test('the room that they take is that of all files and of those that are being replaced', () => {
  // Start and own file, and a next one.
  expect(fullDiskBytes(1000, 1)).toBe(4 * 1000 * 3)
  expect(fullDiskBytes(1000, 100)).toBeGreaterThan(4 * 1000 * 101)
  expect(fullDiskBytes(1000, 100)).toBeLessThanOrEqual(4 * 1000 * 201)
})

test('too little room is told before anything is written', () => {
  expect(() => trainedParameters(scenarioOf({ kind: 'full' }), model, 3, 1e15, scratch)).toThrow(
    /^model\.adapter\.kind: "full", whose files take [\d.]+ \wiB in .*, where [\d.]+ \wiB are free; expected more room there/,
  )
  expect(readdirSync(scratch)).toEqual([])
})

test('an adapter needs no file', () => {
  using trained = trainedParameters(scenarioOf({ kind: 'lora', rank: 2 }), model, 3, 5, scratch)
  expect(trained.of('phone-0')).toMatchObject({ kind: 'lora', rank: 2 })
  expect([trained.diskBytes, trained.adapter === null, readdirSync(scratch).length]).toEqual([0, false, 0])
})

test('its files go away with the process too, if nobody waits for its end', () => {
  const listeners = process.listeners('exit')
  const trained = trainedParameters(scenarioOf({ kind: 'full' }), model, 3, 5, scratch)
  const own = process.listeners('exit').find((listener) => !listeners.includes(listener))
  expect(readdirSync(scratch).length).toBe(1)
  own!(130)
  expect(readdirSync(scratch)).toEqual([])
  trained[Symbol.dispose]()
  expect(process.listeners('exit')).toEqual(listeners)
})
