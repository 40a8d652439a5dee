/** Words the failures of a store in use: damaged content, or trouble with the disk and the processes around it. */
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { StoreTrouble } from '#shared/errors/store-trouble.ts'

/** The advice to the user of a damaged store. */
export const DAMAGE_ADVICE = 'Export the sessions that matter, then move the file away: a new one is begun.'

/** SQLite's codes for content that is damaged or no database. */
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB|FORMAT)/

/** Thrown if something in the store is not what this program wrote there. */
export class DamagedContent extends Error {}

/** SQLite's codes for a write that the disk didn't confirm: whoever opens the store next finds it whole, or not at all. */
const UNCERTAIN = /^SQLITE_IOERR_(DIR_)?FSYNC$/

export function isDamage(error: unknown): boolean {
  return error instanceof DamagedContent || (error instanceof Database.SqliteError && DAMAGE.test(error.code))
}

/** @returns an error that names the store, if `error` is about its file; else `error` itself */
export function inWords(error: unknown, file: string): unknown {
  if (isDamage(error)) {
    return new InputError(file, `a damaged store (${(error as Error).message})`, `a sound one. ${DAMAGE_ADVICE}`, { cause: error })
  }
  if (!(error instanceof Database.SqliteError)) return error
  return new StoreTrouble(file, error.message, { cause: error, uncertain: UNCERTAIN.test(error.code) })
}
