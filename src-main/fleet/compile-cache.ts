/**
 * Caches the stripped code of workers. In a checkout they run from TypeScript source, and Node's type stripper would stay in their memory (18 MB of a
 * phone that has 75), so a first start that does nothing fills the cache. A packaged lab ships JavaScript and skips this.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment } from '#main/machine/child-environment.ts'
import { ownFolder } from '#main/machine/private-files.ts'
import type { Resources } from '#main/machine/resources.ts'

/** Node's options for every worker: gc() lets the engine drop the runtime's copies of outputs, and a small young generation keeps an idle heap small. */
export const WORKER_FLAGS: readonly string[] = ['--expose-gc', '--max-semi-space-size=2', '--disable-warning=ExperimentalWarning']

/** The longest wait for a process that fills the cache, far longer than that takes. */
const PATIENCE_SECONDS = 30

/** Fills the compile cache for the given entry points, where it isn't filled, and makes every later worker use it. */
export async function warmCompileCache(
  { compileCache: directory, sources: folders }: Pick<Resources, 'compileCache' | 'sources'>,
  entries: readonly string[],
  patienceSeconds = PATIENCE_SECONDS,
): Promise<void> {
  try {
    ownFolder(directory)
  } catch {
    // Node runs without the cache where the folder can't be made.
  }
  process.env['NODE_COMPILE_CACHE'] = directory
  // The workers' own flags are used, because V8 keeps a cache per set of flags.
  const sources = entries.filter((entry) => entry.endsWith('.ts'))
  const changed = newest(folders)
  await Promise.all(sources.map((entry) => warm(directory, entry, changed, patienceSeconds)))
}

/** Runs `entry` once, if it isn't cached, and waits until it has ended. If it can't be started nothing is cached, which only costs memory. */
async function warm(directory: string, entry: string, changed: number, patienceSeconds: number): Promise<void> {
  const stamp = stampOf(directory, entry)
  if (warmedAt(stamp) > changed) return
  const began = Date.now()
  if (!(await filled(entry, patienceSeconds))) return
  try {
    writeFileSync(stamp, String(began))
  } catch {
    // The next start warms once more.
  }
}

/** The file beside the cached code that says when this program's code was cached, by this Node with these flags. */
function stampOf(directory: string, entry: string): string {
  const of = [entry, process.version, process.arch, ...WORKER_FLAGS].join('\n')
  return join(directory, `warm-${createHash('sha256').update(of).digest('hex').slice(0, 16)}`)
}

/** In milliseconds, as all times here; 0 where it never was. */
function warmedAt(stamp: string): number {
  try {
    return Number(readFileSync(stamp, 'utf8'))
  } catch {
    return 0
  }
}

/** When any of the sources changed last: a copy that keeps its date of writing has a new date of change. */
function newest(folders: readonly string[]): number {
  const paths = folders.flatMap((cwd) => globSync('**/*.ts', { cwd }).map((name) => join(cwd, name)))
  return paths.reduce((last, path) => Math.max(last, statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0), 0)
}

/** @returns whether the process left its code behind before its time was over */
function filled(entry: string, patienceSeconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    let late = false
    const child = spawn(process.execPath, [...WORKER_FLAGS, entry, '--warm'], {
      stdio: 'ignore',
      env: childEnvironment(),
      windowsHide: true,
    })
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, 1000 * patienceSeconds)
    const over = (left: boolean): void => {
      clearTimeout(timer)
      resolve(left)
    }
    // It ends itself by a signal once all is on disk (workers/warm-start.ts).
    child.on('error', () => over(false)).once('exit', (code, signal) => over(!late && (code === 0 || signal === 'SIGKILL')))
  })
}
