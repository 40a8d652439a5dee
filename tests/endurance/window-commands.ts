/**
 * `node tests/endurance/window-commands.ts N [--seed S]`: as many random sequences of what a user can do in a window, given to a real lab over its real
 * transport. What windows show must be the fold of the session's events at all times. One that fails is shrunk and told. Exit code 1 if one does.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { commands, runCommands } from './window-commands/commands.ts'
import { RealWindows } from './window-commands/real-windows.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string', default: '1' } } })
let done = 0

async function attempt(some: Parameters<typeof runCommands>[1]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cooperlab-window-'))
  const real = await RealWindows.open(folder)
  try {
    await runCommands(real, some)
  } finally {
    await real.close()
    rmSync(folder, { recursive: true, force: true })
    console.log(`${++done}: ${String(some)}`)
  }
}

const result = await fc.check(fc.asyncProperty(commands(24), attempt), {
  seed: Number(values.seed),
  numRuns: Number(positionals[0] ?? 20),
})
console.log(result.failed ? `${fc.defaultReportMessage(result)}\n${String(result.errorInstance)}` : `${result.numRuns} sequences held`)
process.exitCode = result.failed ? 1 : 0
