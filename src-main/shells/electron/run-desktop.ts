/** The desktop app from a source checkout, from its start until its window is closed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { onEndSignal } from '#main/machine/end-signals.ts'
import { DESKTOP, upToDate } from '../built.ts'
import type { LabProcessOptions } from '../process/options.ts'

/** What the app is told by whoever starts it, in COOPERLAB_START. */
export type StartOptions = Pick<LabProcessOptions, 'cwd' | 'dataDirectory' | 'storePath' | 'scenarioFile'>

/** @param root of the checkout @param binary Electron's @returns the exit code */
export async function runDesktop(root: string, binary: string, options: StartOptions, onBuild: (words: string) => void): Promise<number> {
  await upToDate(root, DESKTOP, onBuild)
  // Chromium refuses to sandbox itself for root, as whom containers run.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(binary, [...flags, root], {
    cwd: root,
    stdio: 'inherit',
    windowsHide: false,
    env: { ...process.env, COOPERLAB_NODE: process.execPath, COOPERLAB_START: JSON.stringify(options) },
  })
  // The app ends sessions after their round in progress, in its own time. Ctrl-C in a terminal has reached it already.
  const done = onEndSignal(() => child.kill('SIGTERM'))
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } catch (error) {
    throw new RunFailed(`the desktop app could not be started: ${(error as Error).message}`, { cause: error })
  } finally {
    done()
  }
}
