/** The desktop app from a source checkout, from its start until its window is closed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { visible } from '#shared/text/visible.ts'
import { onEndSignal } from '#main/machine/end-signals.ts'
import { DESKTOP, upToDate } from '../built.ts'
import { type StartWords, asWords } from './start-words.ts'
import { whyItEnded } from './why-no-window.ts'

const STDERR_TAIL = 4000

interface DesktopStart {
  /** The root of the checkout. */
  readonly root: string
  /** The path of Electron's binary. */
  readonly binary: string
  readonly words: StartWords
  readonly cwd: string
  readonly say: (words: string) => void
}

/** The app ran, and ended with a code; or it ended before it could show a window, and why, as a clause. */
export type DesktopEnd = { readonly code: number } | { readonly why: string }

export async function runDesktop({ root, binary, words, cwd, say }: DesktopStart): Promise<DesktopEnd> {
  await upToDate(root, DESKTOP, say)
  const notes = mkdtempSync(join(tmpdir(), 'cooperlab-start-'))
  const ready = join(notes, 'ready')
  // Chromium refuses to sandbox itself for root, as whom containers run.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(binary, [...flags, root, ...asWords(words)], {
    cwd,
    stdio: ['inherit', 'inherit', 'pipe'],
    windowsHide: false,
    env: desktopEnvironment(process.env, ready),
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL)
    process.stderr.write(visible(text))
  })
  const done = passSignals(child)
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    const how = existsSync(ready) ? readFileSync(ready, 'utf8') : null
    if (how === 'handed-over') say('CooperLab is open already, and shows what was to be opened.')
    return how === null ? { why: whyItEnded(code, signal, stderr) } : { code: code ?? 1 }
  } catch (error) {
    return { why: `it could not be started (${(error as Error).message})` }
  } finally {
    done()
    rmSync(notes, { recursive: true, force: true })
  }
}

/** Variables that would make the binary something else than the app: a plain Node, or one with a debugger. */
const NOT_PASSED: ReadonlySet<string> = new Set(['ELECTRON_RUN_AS_NODE', 'ELECTRON_NO_ATTACH_CONSOLE', 'NODE_OPTIONS'])

export function desktopEnvironment(environment: NodeJS.ProcessEnv, ready: string): NodeJS.ProcessEnv {
  const passed = Object.entries(environment).filter(([name]) => !NOT_PASSED.has(name.toUpperCase()))
  return { ...Object.fromEntries(passed), COOPERLAB_NODE: process.execPath, COOPERLAB_READY: ready }
}

/**
 * The app ends sessions after their round in progress, in its own time, however it is asked; a second signal, which ends this process, ends the app as
 * well. @returns to be called when it has ended
 */
function passSignals(child: ChildProcess): () => void {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const done = onEndSignal(() => child.kill('SIGTERM'))
  return () => {
    process.off('exit', kill)
    done()
  }
}
