/** A few random sequences of what a user can do; `node tests/endurance/window-commands.ts N` runs any number of others. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { commands, runCommands } from '../../endurance/window-commands/commands.ts'
import { RealWindows } from '../../endurance/window-commands/real-windows.ts'
import { expectNoWorkers } from '../fleet/worker-processes.ts'

afterEach(expectNoWorkers)

test.each([1, 2])('whatever is done in windows, they show the fold of the events (%i)', async (seed) => {
  const [some] = fc.sample(commands(16), { seed, numRuns: 1 })
  const folder = mkdtempSync(join(tmpdir(), 'cooperlab-window-'))
  const real = await RealWindows.open(folder)
  try {
    await expect(runCommands(real, some!)).resolves.toBeUndefined()
  } finally {
    await real.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
