/** The whole way of a killed session over the real command line; tests/endurance/random-kills.ts does it many times. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, ROUNDS, type Victim, command, killedSession, tinyScenario } from '../../endurance/killed-session.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-kills-'))
const scenario = tinyScenario(directory)
let undisturbed: Outcome

beforeAll(async () => {
  undisturbed = await killedSession(directory, scenario, join(directory, 'undisturbed.db'), null)
}, 120_000)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function expectUndisturbed({ summary, integrity }: Outcome): void {
  expect(summary.digest).toBe(undisturbed.summary.digest)
  expect(summary.history).toEqual(undisturbed.summary.history)
  expect(integrity).toBe('ok')
}

describe.skipIf(process.platform !== 'linux')('a session with a process killed in the middle', () => {
  test.each<Victim>(['host', 'cloud', 'phone'])('the %s, ends as if nothing had been', { timeout: 180_000 }, async (victim) => {
    for (const afterRound of [8, 3, 1]) {
      const outcome = await killedSession(directory, scenario, join(directory, `${victim}-${afterRound}.db`), { victim, afterRound })
      // Whoever was to kill it was held up, and it was over.
      if (!outcome.killed) continue
      expectUndisturbed(outcome)
      return
    }
    throw new Error('it could not be killed in time')
  })
})

test.skipIf(process.platform !== 'linux')('a host killed after the last round is told has lost nothing', { timeout: 180_000 }, async () => {
  // Before its last event, between that and its end, or not at all: each is as good.
  expectUndisturbed(await killedSession(directory, scenario, join(directory, 'last.db'), { victim: 'host', afterRound: ROUNDS }))
})

test.skipIf(process.platform !== 'linux')(
  'a session that has finished is told again by resume, and nothing of it is computed',
  { timeout: 60_000 },
  async () => {
    const { session } = undisturbed.summary
    const again = await command(directory, ['resume', session, '--store', join(directory, 'undisturbed.db'), '--json']).over
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('finished before')
    expect(JSON.parse(again.stdout)).toEqual(undisturbed.summary)
  },
)
