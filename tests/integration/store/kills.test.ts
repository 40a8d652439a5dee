/** The whole way of a killed session over the real command line; tests/endurance/random-kills.ts does it many times. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, type Victim, killedSession, tinyScenario } from '../../endurance/killed-session.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-kills-'))
const scenario = tinyScenario(directory)
let undisturbed: Outcome

beforeAll(async () => {
  undisturbed = await killedSession(directory, scenario, join(directory, 'undisturbed.db'), null)
}, 120_000)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe.skipIf(process.platform !== 'linux')('a session with a process killed in the middle', () => {
  test.each<Victim>(['host', 'cloud', 'phone'])('the %s, ends as if nothing had been', { timeout: 180_000 }, async (victim) => {
    for (const share of [0.4, 0.2, 0.05]) {
      const store = join(directory, `${victim}-${share}.db`)
      const afterMilliseconds = undisturbed.summary.wallSeconds * 1000 * share
      const { summary, integrity, starts, killed } = await killedSession(directory, scenario, store, { victim, afterMilliseconds })
      // On a machine that has sped up it was over before.
      if (!killed) continue
      expect(summary.digest).toBe(undisturbed.summary.digest)
      expect(summary.history).toEqual(undisturbed.summary.history)
      expect(integrity).toBe('ok')
      if (victim === 'host') expect(starts).toBeGreaterThan(1)
      return
    }
    throw new Error('it could not be killed in time')
  })
})
