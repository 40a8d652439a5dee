/** What is built in a source checkout: made again where it is missing or older than what it is made of. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RunFailed } from '#shared/errors/run-failed.ts'

export interface Build {
  /** For messages. */
  readonly name: string
  /** Made last; as old as the whole. */
  readonly product: string
  /** Patterns of the files that it is made of. */
  readonly sources: readonly string[]
  /** Program for Node and its words. */
  readonly program: readonly [path: string, ...words: string[]]
}

const WINDOW_SOURCES = ['src-renderer/**/*', 'resources/icons/icon.svg', 'src-shared/**/*', 'vite.renderer.config.ts', 'package-lock.json']

export const WINDOW: Build = {
  name: 'the window',
  product: 'out/renderer/index.html',
  sources: WINDOW_SOURCES,
  program: ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'error'],
}

/** Main process, preload and window. */
export const DESKTOP: Build = {
  name: 'the desktop app',
  // electron-vite builds the window last.
  product: 'out/renderer/index.html',
  sources: [...WINDOW_SOURCES, 'src-main/shells/**/*', 'electron.vite.config.ts'],
  program: ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'error'],
}

/** @param root of the checkout @throws RunFailed if it can't be built */
export async function upToDate(root: string, { name, product, sources, program }: Build, onBuild: (words: string) => void): Promise<void> {
  if (isCurrent(root, product, sources)) return
  const [tool, ...words] = program
  if (!existsSync(join(root, tool))) throw new RunFailed(`${name} is not built and ${tool} is not there to build it; run npm ci`)
  onBuild(`building ${name} …`)
  const child = spawn(process.execPath, [tool, ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const stop = (): void => void child.kill()
  process.once('exit', stop)
  const [code] = (await once(child, 'close').catch((error: unknown) => {
    output = (error as Error).message
    return [null]
  })) as [number | null]
  process.off('exit', stop)
  if (code !== 0) throw new RunFailed(`${name} could not be built: ${output.trim().split('\n').slice(0, 5).join(' ')}`)
}

function isCurrent(root: string, product: string, sources: readonly string[]): boolean {
  const made = statSync(join(root, product), { throwIfNoEntry: false })?.mtimeMs
  return made !== undefined && globSync([...sources], { cwd: root }).every((file) => statSync(join(root, file)).mtimeMs <= made)
}
