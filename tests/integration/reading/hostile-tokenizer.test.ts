import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkScenario } from '#main/lab/host/check-scenario.ts'
import { Reader } from '#main/reading/reader.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { type Workspace, checkpoint, runCli, workspace } from '../cli/run-cli.ts'

const resources = sourceResources(join(import.meta.dirname, '..', '..', '..'))
const reader = new Reader(resources)
let place: Workspace
beforeAll(() => {
  place = workspace()
  checkpoint(place, 'model')
  const file = JSON.parse(readFileSync(place.path('model', 'tokenizer.json'), 'utf8')) as object
  // A pattern that tries every way of cutting the letters up before it finds that none fits.
  const hostile = { ...file, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false } }
  place.file('model/tokenizer.json', JSON.stringify(hostile))
  place.file('rows.tsv', `${'a'.repeat(24)}b\tlow\nx\thigh\n`)
})
afterAll(async () => {
  await reader.close()
  place[Symbol.dispose]()
})

test('a tokenizer that ends its process is refused in one line by the command line', async () => {
  const { code, stdout, stderr } = await runCli(place.directory, [
    'eval',
    '--model',
    'model',
    '--data',
    'rows.tsv',
    '--no-header',
    '--text',
    '0',
    '--label',
    '1',
  ])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(
    /^error: [^\n]*model\/tokenizer\.json, on the texts of [^\n]*rows\.tsv: [^\n]*retry-limit-in-match[^\n]*; expected [^\n]+\n$/,
  )
})

test('and by the window’s check, while the host answers others', async () => {
  const input = {
    model: { checkpoint: place.path('model'), maxLength: 16 },
    data: { train: { path: place.path('rows.tsv'), text: 0, label: 1, header: false }, testShare: 0.5, classes: ['low', 'middle', 'high'] },
    fleet: [{ profile: 'pixel-4', count: 1, link: 'lte' }],
  }
  const check = checkScenario(input, { resources, cwd: '/', reader, idle: { residentBytes: 0, sharedBytes: 0 } })
  expect(await Promise.race([check, setTimeout(1, 'the host is free')])).toBe('the host is free')
  const { issues, phones } = await check
  expect(phones).toEqual([])
  expect(issues).toHaveLength(1)
  expect(issues[0]!.path).toMatch(/model\/tokenizer\.json$/)
  expect(issues[0]!.found).toMatch(/retry-limit-in-match/)
})

test('nothing but the reader has loaded the library', async () => {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
  expect(sharedObjects.filter((file) => file.includes('tokenizers'))).toEqual([])
})
