/** npm, asked in the project's folder. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
const PATIENCE_MILLISECONDS = 120_000

/** What it writes to stdout, whether or not it calls that a success. @throws Error if it can't be started or doesn't come to an end */
export function npm(...words: string[]): string {
  const { error, stdout, stderr } = spawnSync('npm', words, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: PATIENCE_MILLISECONDS,
    shell: process.platform === 'win32',
  })
  if (error) throw new Error(`npm ${words[0]} did not come to an end: ${error.message}`)
  if (stdout.trim() === '') throw new Error(`npm ${words[0]} said nothing: ${stderr.trim().split('\n').at(-1)}`)
  return stdout
}
