import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { measureScenario } from '#main/reading/measure-scenario.ts'
import { resolveScenario } from '#main/reading/load-scenario.ts'
import { prepareSession } from '#main/reading/prepare-session.ts'
import { checkpointDirectory, sourceResources } from '#main/machine/resources.ts'
import type { DataReport } from '#shared/events/data-report.ts'
import { directory } from '../lab/scenarios.ts'

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const resources = sourceResources(join(import.meta.dirname, '..', '..', '..'))
const WORDS = 'one two three four five six seven eight nine ten eleven twelve'

function file(name: string, labels: readonly string[]): string {
  const path = join(directory, name)
  const rows = labels.map((label, i) => `${i}\t${i % 10 === 0 ? WORDS.repeat(3) : 'some words'}\tand a question\t${label}`)
  writeFileSync(path, ['idx\tsentence\tcontext\tlabel', ...rows].join('\n'))
  return path
}

const cycle = (labels: readonly string[], count: number): string[] => Array.from({ length: count }, (_, i) => labels[i % labels.length]!)
const skip = { text: 'sentence', onBadRow: 'skip' }

function load(data: object) {
  const input = {
    model: { checkpoint: 'builtin:encoder', maxLength: 16 },
    fleet: [{ profile: 'pixel-4', count: 2, link: 'lte' }],
    data,
  }
  const loaded = resolveScenario(input, directory, resources.directory)
  if ('issues' in loaded) throw new Error(JSON.stringify(loaded.issues))
  return { ...loaded, checkpoint: checkpointDirectory(resources, 'builtin:encoder') }
}

const withoutCut = (report: DataReport | undefined) => ({ ...report, cut: undefined })

test('what a check tells of the data is what the run tells when it starts', async () => {
  const request = load({
    train: { path: file('train.tsv', [...cycle(['yes', 'No', 'no'], 90), '-']), ...skip },
    test: { path: file('test.tsv', cycle(['0', '1', '-1'], 60)), ...skip },
    public: { source: { path: file('public.tsv', cycle(['good', 'bad'], 40)), ...skip }, labels: { good: 'yes', bad: 'no' } },
    classes: ['no', 'yes'],
  })
  const { data } = await measureScenario({ ...request, idleBytes: 0 })
  const run = (await prepareSession({ ...request, phones: 2 })).data.report
  expect(data!.train.classes).toEqual([
    { label: 'no', index: 0, rows: 60, words: ['No'] },
    { label: 'yes', index: 1, rows: 30, words: [] },
  ])
  expect(data!.train.columns).toMatchObject({ text: ['sentence'], label: 'label', unused: ['context'], header: true })
  expect(data!.test!.classes!.map(({ rows, words }) => [rows, words])).toEqual([
    [20, ['0']],
    [20, ['1']],
  ])
  expect(data!.public!.classes!.map(({ rows }) => rows)).toEqual([20, 20])
  for (const set of ['train', 'test', 'public'] as const) expect(withoutCut(data![set])).toEqual(withoutCut(run[set]))
  expect(data!.train.cut).toEqual({ rows: 9, of: 90, tokens: 16 })
  expect(data!.test!.cut).toEqual(run.test!.cut)
})

test('a test file that does not go with the training file is refused by the check, until it is mended', async () => {
  const path = file('other.tsv', cycle(['up', 'down'], 20))
  const request = load({ train: { path: file('good.tsv', cycle(['no', 'yes'], 40)), text: 'sentence' }, test: { path, text: 'sentence' } })
  await expect(measureScenario({ ...request, idleBytes: 0 })).rejects.toMatchObject({ where: `${path}:2`, found: 'the unknown label "up"' })
  file('other.tsv', cycle(['yes', 'no'], 20))
  utimesSync(path, 1, 1)
  expect((await measureScenario({ ...request, idleBytes: 0 })).data!.test!.classes!.map(({ rows }) => rows)).toEqual([10, 10])
})
