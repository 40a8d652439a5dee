/** Mistakes in the lab's own code, in every one of its processes: one line, exit code 1, and the stack in the log. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { commands } from '#main/shells/cli/commands/index.ts'
import { openStore } from '#main/store/open-store.ts'
import { tinyScenario } from '../../endurance/killed-session.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'
import { type CliOutcome, runCli } from './run-cli.ts'

const root = mkdtempSync(join(tmpdir(), 'cooperlab-internal-'))
const preload = join(import.meta.dirname, 'faulty.ts')
let folders = 0
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(expectNoWorkers)

interface Broken extends CliOutcome {
  readonly log: string
  readonly logged: string
}

async function withFault(fault: string, words: readonly string[]): Promise<Broken> {
  const home = join(root, String(folders++))
  const log = join(home, 'logs', 'faults.log')
  const outcome = await runCli(root, words, [], { FAULT: fault, COOPERLAB_HOME: home, NODE_OPTIONS: `--import=${preload}` })
  return { ...outcome, log, logged: existsSync(log) ? readFileSync(log, 'utf8') : '' }
}

const BROKEN = "TypeError: Cannot read properties of null (reading 'deep')"

function expectOneLine({ code, stderr, log, logged }: Broken, before = ''): void {
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(`error: ${before}${BROKEN} (a fault of the lab; its details are in ${log})`)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(code).toBe(1)
  expect(logged).toMatch(/^\s+at .*broken \(.*faulty\.ts/m)
}

describe('a mistake in the code of', () => {
  // The others end in the same place.
  test.each(['run', 'sessions', 'inspect', 'grad'])('the command %s is told in one line', async (wanted) => {
    const { operands, options } = commands.find(({ name }) => name === wanted)!
    const required = Object.entries(options).flatMap(([key, { required: needed }]) => (needed ? [`--${key}`, 'x'] : []))
    const broken = await withFault('command', [wanted, ...operands.map(() => 'x'), ...required])
    expectOneLine(broken)
    expect(broken.stderr.split('\n')).toHaveLength(2)
  })

  test('a callback is told in one line', async () => {
    expectOneLine(await withFault('callback', ['sessions']))
  })

  test('the host names the session, which is kept as failed', async () => {
    const store = join(root, 'host.db')
    const broken = await withFault('host', ['run', tinyScenario(root), '--store', store])
    const opened = openStore(store)
    const [session] = opened.sessions()
    opened.close()
    expectOneLine(broken, `session ${session!.id}: `)
    expect(session).toMatchObject({ state: 'failed', error: expect.not.stringContaining('\n') as string })
  })

  test('the store, the cloud and the reader is told the same way', async () => {
    const scenario = tinyScenario(root)
    const store = await withFault('store', ['run', scenario, '--store', join(root, 'store.db')])
    expect([store.code, store.stderr]).toEqual([
      1,
      expect.stringMatching(/^error: session \S+: .*store\.db can't be written any more .*a fault of the lab/m) as string,
    ])
    expect(store.logged).toMatch(/^\s+at .*broken \(.*faulty\.ts/m)
    const cloud = await withFault('cloud', ['run', scenario, '--no-store'])
    expect(cloud.stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^error: session \S+: CommandFailed: Cannot read properties of null .*\(a fault of the lab; its details are in /,
    )
    expect([cloud.code, cloud.logged]).toEqual([1, expect.stringMatching(/^\s+at .*broken \(.*faulty\.ts/m) as string])
    const reader = await withFault('reader', ['inspect', 'builtin:encoder'])
    expect([reader.code, reader.logged]).toEqual([1, expect.stringMatching(/^\s+at .*broken \(.*faulty\.ts/m) as string])
    for (const { stderr } of [store, cloud, reader]) expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('a phone is that phone failing, and its stack is in the log', async () => {
    const { code, stderr, logged } = await withFault('phone', ['run', tinyScenario(root), '--no-store'])
    expect(code).toBe(1)
    expect(stderr).toContain("failed (Cannot read properties of null (reading 'deep')) while")
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('error: round 1: no phone is left')
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(logged).toMatch(/^\s+at .*broken \(.*faulty\.ts/m)
  })
})
