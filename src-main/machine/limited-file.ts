/** Files of text that grow by the entry and never beyond a size: the one before is kept under its name with `.1` and nothing older. */
import { appendFileSync, closeSync, mkdirSync, openSync, readSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const MOST_BYTES = 2 ** 20

/** Makes the file and its folder where they are not there. @returns why the entry could not be kept; null: it was */
export function appendLimited(file: string, entry: string, mostBytes = MOST_BYTES): string | null {
  try {
    mkdirSync(dirname(file), { recursive: true })
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (size > 0 && size + Buffer.byteLength(entry) > mostBytes) renameSync(file, `${file}.1`)
    appendFileSync(file, endsLine(file) ? entry : `\n${entry}`)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** The disk may have been full in the middle of the entry before. */
function endsLine(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return true
  const last = Buffer.alloc(1)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, last, 0, 1, size - 1)
  } finally {
    closeSync(descriptor)
  }
  return last[0] === 0x0a
}

interface FileLimits {
  readonly days: number
  /** The number of files to keep, the youngest first. */
  readonly files: number
}

/** Removes what is too old or too much of the files of a folder and the folders in it. @param name of files that may go */
export function sweepFolder(folder: string, name: RegExp, { days, files }: FileLimits, now = Date.now()): void {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && name.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, written: statSync(path).mtimeMs }))
      .sort((a, b) => b.written - a.written)
    const oldest = now - days * 24 * 3600 * 1000
    found.filter(({ written }, i) => i >= files || written < oldest).forEach(({ path }) => rmSync(path, { force: true }))
  } catch {
    // A missing folder has nothing to remove, and a file that can't be removed today can be another day.
  }
}
