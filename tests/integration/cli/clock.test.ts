/** The system's clock set to and fro under the real command line: while a session runs, and between its interruption and its going on. Linux. */
import { spawn, spawnSync } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setInterval } from 'node:timers'
import { afterAll, expect, test } from 'vitest'
import { jsonOf, runCli, workspace } from './run-cli.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SCENARIO = join(ROOT, 'tests/e2e/scenarios/small.json')
const YEAR_SECONDS = 31_556_952
const ROUNDS = 'stop.rounds=10'

const place = workspace()
afterAll(() => place[Symbol.dispose]())
const library = place.path('faulty-clock.so')
const source = join(ROOT, 'tests/faulty-clock/faulty-clock.c')
const built = process.platform === 'linux' && spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']).status === 0
const missing = built ? '' : ' (skipped: no Linux with a C compiler)'

const setClock = (years: number): void => {
  writeFileSync(place.path('offset.new'), String(Math.round(years * YEAR_SECONDS)))
  renameSync(place.path('offset.new'), place.path('offset'))
}
const moved = { LD_PRELOAD: library, CLOCK_OFFSET: place.path('offset') }

interface Result {
  readonly session: string
  readonly digest: string
  readonly wallSeconds: number
}
const run = async (more: Readonly<Record<string, string>> = moved): Promise<Result> =>
  jsonOf(await runCli(place.directory, ['run', SCENARIO, '--set', ROUNDS, '--store', 'lab.db', '--json'], [], more))

/** Ends a run with Ctrl-C once its second round is over. */
async function interrupted(): Promise<number | null> {
  const words = [join(ROOT, 'src-main/shells/cli/main.ts'), 'run', SCENARIO, '--set', ROUNDS, '--store', 'lab.db']
  const lab = spawn(process.execPath, words, { cwd: place.directory, env: { ...process.env, INIT_CWD: place.directory, ...moved } })
  let said = ''
  let asked = false
  lab.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (!asked && said.includes('round 2/')) asked = lab.kill('SIGINT')
  })
  return new Promise((resolve) => lab.on('close', resolve))
}

test.skipIf(!built)(`a clock that jumps by years changes no result, no duration and no order${missing}`, { timeout: 240_000 }, async () => {
  const started = performance.now()
  const { digest } = await run({})
  const jumps = [30, -40, 0.003, -0.0001, 90, 0]
  let jump = 0
  const jumping = setInterval(() => setClock(jumps[jump++ % jumps.length]!), 20)
  const during = await run().finally(() => clearInterval(jumping))
  expect(during.digest).toBe(digest)

  setClock(10)
  expect(await interrupted()).toBe(130)
  setClock(-20)
  const list = jsonOf<{ sessions: { id: string; state: string; startedAt: string }[] }>(
    await runCli(place.directory, ['sessions', '--store', 'lab.db', '--json'], [], moved),
  ).sessions
  // In the order in which they were begun, whatever the clock said then.
  expect(list.map(({ state }) => state)).toEqual(['finished', 'finished', 'interrupted'])
  const { id, startedAt } = list.at(-1)!
  expect(new Date(startedAt).getTime() - Date.now()).toBeGreaterThan(9 * YEAR_SECONDS * 1000)
  const after = jsonOf<Result>(await runCli(place.directory, ['resume', id, '--store', 'lab.db', '--json'], [], moved))
  expect(after).toMatchObject({ session: id, digest })
  const elapsed = (performance.now() - started) / 1000
  for (const { wallSeconds } of [during, after]) {
    expect(wallSeconds).toBeGreaterThan(0)
    expect(wallSeconds).toBeLessThan(elapsed)
  }
})
