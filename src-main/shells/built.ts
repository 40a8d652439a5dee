/** Builds the parts of a source checkout that are missing or made of other sources than those there now. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { LAB, MAIN, PRELOAD, type BuildPart, RENDERER, isCurrent } from './build-stamp.ts'

interface Build {
  /** The name in messages. */
  readonly name: string
  readonly parts: readonly BuildPart[]
  /** The program for Node and its arguments. */
  readonly program: readonly [path: string, ...words: string[]]
}

const VITE = 'node_modules/vite/bin/vite.js'

export const WINDOW: Build = {
  name: 'the window',
  parts: [RENDERER],
  program: [VITE, 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'error'],
}

/** The main process, the preload and the window. */
export const DESKTOP: Build = {
  name: 'the desktop app',
  parts: [MAIN, PRELOAD, RENDERER],
  program: ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'error'],
}

export const PACKAGED_LAB: Build = {
  name: 'the packaged lab',
  parts: [LAB],
  program: [VITE, 'build', '--config', 'vite.lab.config.ts', '--logLevel', 'error'],
}

/** Builds the parts unless they are current. @param root the root of the checkout @throws RunFailed if they can't be built */
export async function upToDate(root: string, { name, parts, program }: Build, onBuild: (words: string) => void): Promise<void> {
  if (parts.every((part) => isCurrent(root, part))) return
  const [tool, ...words] = program
  if (!existsSync(join(root, tool))) throw new RunFailed(`${name} is not built and ${tool} is not there to build it; run npm ci`)
  onBuild(`building ${name} …`)
  const child = spawn(process.execPath, [tool, ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
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
