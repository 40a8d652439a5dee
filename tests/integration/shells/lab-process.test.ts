import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LabNotices } from '#shared/api/lab-api.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { type LabProcess, startLabProcess } from '#main/shells/electron/lab-process.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const PATIENCE = { timeout: 50_000 }

let folder: string
let ended: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-process-'))
  ended = []
})

afterEach(() => rmSync(folder, { recursive: true }))

function start(storePath = join(folder, 'sessions.db'), node = process.execPath): LabProcess {
  const notices: LabNotices = { events: () => {}, status: () => {}, doing: () => {}, sessionsChanged: () => {}, warn: () => {} }
  return startLabProcess({
    node,
    entry: join(root, 'src-main', 'shells', 'process', 'main.ts'),
    options: { resources: sourceResources(root), version: '1', cwd: folder, dataDirectory: folder, storePath, scenarioFile: null },
    notices,
    onEnded: (words) => ended.push(words),
  })
}

test('the lab answers from a process of its own, also what a user got wrong, and ends when it is asked to', async () => {
  const lab = start()
  expect(await lab.calls.describe()).toMatchObject({ version: '1', shell: 'electron' })
  await expect(lab.calls.start({})).rejects.toBeInstanceOf(InputError)
  await lab.end(30)
  expect(ended).toEqual([])
})

test('a lab that is killed fails what was asked of it and says how it ended', async () => {
  const lab = start()
  const { environment } = await lab.calls.describe()
  expect(environment['cores']).toBeGreaterThan(0)
  process.kill(lab.pid, 'SIGKILL')
  await expect(lab.calls.running()).rejects.toThrow('no longer connected')
  await expect.poll(() => ended, PATIENCE).toEqual([expect.stringMatching(/^it was ended by SIGKILL/) as string])
})

test('a lab that can not open its store ends with the reason; one without Node never starts', async () => {
  start(join(folder, 'nowhere', 'sessions.db'))
  await expect.poll(() => ended, PATIENCE).toEqual([expect.stringMatching(/ended by itself with code 1.*no directory/) as string])
  start(undefined, join(folder, 'no-node'))
  await expect.poll(() => ended[1], PATIENCE).toMatch(/could not be started/)
})
