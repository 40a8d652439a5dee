import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Terminal } from '#main/shells/cli/terminal.ts'
import { openFaultLog } from '#main/lab/fault-log.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { runSession, type SessionOptions } from '#main/lab/run-session.ts'
import { run } from '#main/shells/cli/commands/run.ts'
import { openStore } from '#main/store/open-store.ts'
import { sampleRound, sampleSession } from './sample-session.ts'

vi.mock('#main/lab/run-session.ts', () => ({ runSession: vi.fn<typeof runSession>() }))

const stderr = new Terminal({ write: () => true, isTTY: false } as unknown as NodeJS.WriteStream)
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-command-'))
  const scenario = { model: { checkpoint: 'm' }, data: { train: { path: 't.tsv' } }, fleet: [{ profile: 'pixel-4' }] }
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify(scenario))
})
afterEach(() => {
  vi.resetAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

function command(store: string): Promise<number> {
  const resources = sourceResources(join(import.meta.dirname, '..', '..', '..'))
  const faults = openFaultLog(join(folder, 'faults.log'), 'test')
  return run.run({ resources, cwd: folder, stdout: stderr, stderr, faults }, { store }, ['scenario.json'])
}

describe('run --store', () => {
  it('keeps what a run that fails had done, tells why and passes the error on', async () => {
    const events = [...sampleSession('a', 1).slice(0, -1), ...sampleRound(2).slice(0, 3)]
    vi.mocked(runSession).mockImplementation(async (_, { emit }: SessionOptions) => {
      for (const event of events) emit(event)
      throw new Error('round 2: no phone answered')
    })
    await expect(command('lab.db')).rejects.toThrow('round 2: no phone answered')
    expect(readdirSync(folder).sort()).toEqual(['lab.db', 'scenario.json'])
    const store = openStore(join(folder, 'lab.db'))
    expect([...store.events('a')]).toEqual(events)
    expect(store.session('a')).toMatchObject({ state: 'failed', error: 'round 2: no phone answered', rounds: 1 })
    store.close()
  })

  it('computes nothing when the store is refused', async () => {
    await expect(command('scenario.json')).rejects.toThrow('no SQLite database')
    expect(runSession).not.toHaveBeenCalled()
  })
})
