/**
 * Workers run from TypeScript source in a checkout. Node's type stripper would stay in their memory (18 MB of a phone that has 75), so
 * the stripped code is cached first, by a start that does nothing. A packaged lab ships JavaScript and skips this.
 */
import { spawn } from 'node:child_process'
import { childEnvironment } from '#main/machine/child-environment.ts'
import { ownFolder } from '#main/machine/private-files.ts'

/** The gc flag lets the engine drop the runtime's copies of outputs; a small young generation keeps an idle heap small. */
export const WORKER_FLAGS: readonly string[] = ['--expose-gc', '--max-semi-space-size=2', '--disable-warning=ExperimentalWarning']

/** The longest wait, far longer than warming takes. */
const PATIENCE_SECONDS = 30

/** Fills `directory` for the given entry points and makes every later worker use it. */
export async function warmCompileCache(directory: string, entries: readonly string[], patienceSeconds = PATIENCE_SECONDS): Promise<void> {
  try {
    ownFolder(directory)
  } catch {
    // Node runs without the cache where the folder can't be made.
  }
  process.env['NODE_COMPILE_CACHE'] = directory
  // The workers' own flags are used, because V8 keeps a cache per set of flags.
  const sources = entries.filter((entry) => entry.endsWith('.ts'))
  await Promise.all(sources.map((entry) => warm(entry, patienceSeconds)))
}

/** Waits until the process has ended. A process that can't be started has cached nothing, which costs memory and no more. */
function warm(entry: string, patienceSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...WORKER_FLAGS, entry, '--warm'], {
      stdio: 'ignore',
      env: childEnvironment(),
      windowsHide: true,
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * patienceSeconds)
    const over = (): void => {
      clearTimeout(timer)
      resolve()
    }
    child.on('error', over).once('exit', over)
  })
}
