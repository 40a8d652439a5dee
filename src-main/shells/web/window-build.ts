/** The built window in a source checkout: made again where it is missing or older than what it is made of. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RunFailed } from '#shared/errors/run-failed.ts'

const SOURCES = ['src-renderer/**/*', 'src-shared/**/*', 'vite.renderer.config.ts', 'package-lock.json']

/** @param root of the checkout @returns the directory of the built window @throws RunFailed if it can't be built */
export async function builtWindow(root: string, onBuild: () => void): Promise<string> {
  const directory = join(root, 'out', 'renderer')
  if (isCurrent(root, join(directory, 'index.html'))) return directory
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  if (!existsSync(vite)) throw new RunFailed(`the window is not built and ${vite} is not there to build it; run npm ci`)
  onBuild()
  const child = spawn(process.execPath, [vite, 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new RunFailed(`the window could not be built: ${output.trim().split('\n').slice(0, 5).join(' ')}`)
  return directory
}

function isCurrent(root: string, built: string): boolean {
  const made = statSync(built, { throwIfNoEntry: false })?.mtimeMs
  return made !== undefined && globSync(SOURCES, { cwd: root }).every((file) => statSync(join(root, file)).mtimeMs <= made)
}
