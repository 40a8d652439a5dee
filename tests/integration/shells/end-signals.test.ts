/** Whatever asks a run to end, through npm or not: it ends after its round, can go on, and leaves no process and no file behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '#main/store/open-store.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const SCENARIO = {
  name: 'ended',
  model: { checkpoint: 'builtin:encoder', maxLength: 16, adapter: { kind: 'full' } },
  data: { train: { path: 'builtin:stance/train?rows=200' }, test: { path: 'builtin:stance/test?rows=20' } },
  method: { kind: 'fedkseed' },
  fleet: [{ profile: 'pixel-4', count: 1 }],
  stop: { rounds: 100_000 },
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'end-signals-'))
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify(SCENARIO))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const words = (): string[] => ['run', join(folder, 'scenario.json'), '--store', join(folder, 'lab.db')]

async function started(command: string, before: readonly string[], cwd: string): Promise<ChildProcess> {
  const child = spawn(command, [...before, ...words()], {
    cwd,
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('round 1/')) resolve()
    })
    child.once('exit', () => reject(new Error(output)))
  })
  expect(scratch()).toHaveLength(1)
  return child
}

const scratch = (): string[] => readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('cooperlab-'))

/** Processes that have this test's folder in their environment. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(join(folder, 'tmp'))
      } catch {
        return false
      }
    })
}

async function expectEndedInOrder(): Promise<void> {
  await expect.poll(processes).toEqual([])
  expect(scratch()).toEqual([])
  const store = openStore(join(folder, 'lab.db'))
  expect(store.sessions()).toMatchObject([{ state: 'interrupted', resumable: true }])
  store.close()
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test.each(['SIGTERM', 'SIGHUP'] as const)('%s to the lab', async (signal) => {
    const lab = await started(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'src-main/shells/cli/main.ts')],
      folder,
    )
    lab.kill(signal)
    expect(await once(lab, 'exit')).toEqual([130, null])
    await expectEndedInOrder()
  })

  test('the end of npm, which started it and passes no such signal on', async () => {
    const npm = await started('npm', ['run', 'lab', '--'], root)
    npm.kill('SIGHUP')
    await once(npm, 'exit')
    await expectEndedInOrder()
  })
})

test.runIf(process.platform === 'linux')('whoever reads the output may go, and the result is what it would have been', () => {
  const main = join(root, 'src-main/shells/cli/main.ts')
  const gone = `'${process.execPath}' --disable-warning=ExperimentalWarning '${main}' --help | true; echo "\${PIPESTATUS[0]}"`
  expect(execFileSync('bash', ['-c', gone], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('0\n')
  const full = `'${process.execPath}' --disable-warning=ExperimentalWarning '${main}' --help > /dev/full; echo "$?"`
  expect(execFileSync('bash', ['-c', `{ ${full}; } 2>&1`], { encoding: 'utf8' })).toMatch(
    /^error: the result could not be written \(.*ENOSPC.*\)\n1\n$/,
  )
})
