/** Writes the app's own small settings, which last from one start to the next. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Written whole or not at all. @param what for the log, where it can't be */
export function writeWhole(file: string, value: unknown, what: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(value))
    renameSync(`${file}.new`, file)
  } catch (error) {
    console.error(`${what} could not be kept: ${String(error)}`)
  }
}
