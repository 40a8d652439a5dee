import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { methodsPlan } from '#main/bench/methods/methods-plan.ts'
import { sourceResources } from '#main/machine/resources.ts'
import type { BenchRequest } from '#main/bench/bench-definition.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-plan-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const resources = sourceResources(join(import.meta.dirname, '../../../..'))

function file(name: string, data: Record<string, unknown> = {}): string {
  const scenario = {
    name,
    model: { checkpoint: 'models/encoder' },
    data: { train: { path: 'data/train.tsv' }, ...data },
    fleet: [{ profile: 'pixel-4' }],
  }
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(scenario))
  return `${name}.json`
}

const plan = (options: BenchRequest['options'] = {}, quick = false) =>
  methodsPlan({ resources, checkpoint: null, quick, options, cwd: directory, signal: new AbortController().signal, onProgress: () => {} })

describe('the plan of a comparison', () => {
  test('is the built-in scenario with every method and the usual budget where nothing is said', () => {
    const { bases, entries, conditions, seeds, trials, out } = plan()
    expect(bases.map(({ scenario }) => scenario.data.train.path)).toEqual([expect.stringMatching(/^builtin:topic/)])
    expect(entries.map(({ name }) => name)).toEqual([
      'cooper',
      'cooper-unguided',
      'heimda',
      'fedmezo',
      'fwdllm',
      'fedkseed',
      'decomfl',
      'fedavg',
      'cloud-only',
    ])
    expect(conditions.map(({ name }) => name)).toEqual(['same', 'label', 'noise', 'domain', 'random'])
    expect([seeds, trials]).toEqual([3, 3])
    expect(out).toBe(join(directory, 'bench-methods'))
  })

  test('takes lists, numbers and a directory as given', () => {
    const chosen = plan(
      { methods: 'cloud-only, cooper', conditions: 'flipped,same', seeds: '2', passes: '300', trials: '1', out: 'o' },
      true,
    )
    expect(chosen.entries.map(({ kind }) => kind)).toEqual(['cooper', 'cloud-only'])
    expect(chosen.conditions.map(({ name }) => name)).toEqual(['same', 'flipped'])
    expect(chosen).toMatchObject({ seeds: 2, passes: 300, searchPasses: 100, trials: 1, out: join(directory, 'o') })
  })

  test('looks for the files of a scenario in the folder of data, if one is given', () => {
    const scenario = [file('one', { test: { path: '/elsewhere/test.tsv' } })]
    const [here] = plan({ scenario }).bases
    expect(here!.scenario.data.train.path).toBe(join(directory, 'data/train.tsv'))
    const [moved] = plan({ scenario, data: 'far/away' }).bases
    expect(moved!.scenario.data.train.path).toBe(join(directory, 'far/away/data/train.tsv'))
    expect(moved!.scenario.model.checkpoint).toBe(join(directory, 'far/away/models/encoder'))
    expect(moved!.scenario.data.test!.path).toBe('/elsewhere/test.tsv')
  })

  test.each([
    [{ methods: 'coper' }, /^--methods: "coper"; expected some of cooper, .*; did you mean "cooper"\?$/],
    [{ methods: '' }, /^--methods: ""; expected some of cooper/],
    [{ conditions: 'sane' }, /^--conditions: "sane"; expected some of same, label, .*; did you mean "same"\?$/],
    [{ conditions: 'domain' }, /^--conditions: domain, and "Quickstart.*" names no other domain; expected data\.public\.condition/],
    [{ seeds: '0' }, /^--seeds: "0"; expected a whole number of at least 1$/],
    [{ passes: '1e3' }, /^--passes: "1e3"; expected a whole number of at least 1$/],
    [{ data: 'd' }, /^--data: no scenario; expected --scenario FILE beside it$/],
    [{ scenario: ['none.json'] }, /^none\.json: no such file/],
    [{ scenario: [file('twice'), file('twice')] }, /^--scenario: two named "twice"; expected scenarios with different names$/],
  ])('refuses in one line: %j', (options, line) => {
    expect(() => plan(options)).toThrow(line)
  })
})
