/** Recognises what the user hands to the app from outside of its page: sessions, scenarios, folders of models, files and folders of data. */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OpenedFile } from '#shared/api/desktop.ts'
import { readStructured } from '#main/reading/structured-file.ts'
import { withAbsolutePaths } from '#main/reading/scenario-paths.ts'

const SCENARIOS = /\.(json|ya?ml)$/i
const SESSIONS = /\.cooperlab$/i
/** The endings of tables, also packed. */
const DATA = /\.(tsv|csv|txt|jsonl|ndjson|parquet|arrow|feather)(\.(gz|bz2|xz|zst))?$/i
const LARGEST_BYTES = 2 ** 30

/**
 * Files of a command line. Linux names them as addresses where the app's entry asks for any number of files.
 * @param words after the program @param cwd that relative ones are relative to
 */
export function filesIn(words: readonly string[], cwd: string): string[] {
  return words
    .map((word) => (word.startsWith('file:') ? pathOf(word) : word))
    .filter((word) => !word.startsWith('-') && [SCENARIOS, SESSIONS].some((kind) => kind.test(word)))
    .map((word) => resolve(cwd, word))
}

/** Returns the path of an address; a file of another machine has none. */
function pathOf(address: string): string {
  try {
    return fileURLToPath(address)
  } catch {
    return address.slice('file:'.length)
  }
}

/** @param path absolute @throws Error with one line for people */
export async function readOpened(path: string): Promise<OpenedFile> {
  try {
    const status = statSync(path)
    const name = basename(path)
    if (status.isDirectory()) return { kind: existsSync(join(path, 'config.json')) ? 'model' : 'data', path }
    if (!status.isFile()) throw new Error('it is neither a file nor a folder')
    if (SESSIONS.test(path)) {
      if (status.size > LARGEST_BYTES) throw new Error('it is larger than 1 GiB')
      return { kind: 'session', name, bytes: new Uint8Array(await readFile(path)) }
    }
    if (SCENARIOS.test(path)) {
      const read = readStructured(path, name)
      if (isScenario(read)) return { kind: 'scenario', name, input: withAbsolutePaths(read, dirname(path)) }
      if (extname(path).toLowerCase() !== '.json') throw new Error('it is no scenario: an object with model, data and fleet')
    }
    if (DATA.test(path) || SCENARIOS.test(path)) return { kind: 'data', path }
    throw new Error(
      'it is no scenario (.json, .yaml), session (.cooperlab), table (.tsv, .csv, .jsonl, .parquet, .arrow) or folder of these',
    )
  } catch (error) {
    throw new Error(`${path} can't be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** True for a scenario, also a wrong one: the window tells what is wrong with it. */
function isScenario(read: unknown): boolean {
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return false
  return ['model', 'data', 'fleet'].some((key) => Object.hasOwn(read, key))
}
