/** Files that the user hands to the app from outside: on the command line of this start or of another, or, on macOS, by an event. */
import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { OpenedFile } from '#shared/api/desktop.ts'

const KINDS = /\.(cooperlab|json)$/i
const LARGEST_BYTES = 2 ** 30

/** @param words of a command line, after the program @param cwd that relative ones are relative to */
export function filesIn(words: readonly string[], cwd: string): string[] {
  return words.filter((word) => !word.startsWith('-') && KINDS.test(word)).map((word) => resolve(cwd, word))
}

/** @throws Error with one line for people */
export function readOpened(path: string): OpenedFile {
  const name = basename(path)
  try {
    if (statSync(path).size > LARGEST_BYTES) throw new Error('it is larger than 1 GiB')
    return { name, bytes: new Uint8Array(readFileSync(path)) }
  } catch (error) {
    throw new Error(`${path} can't be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
