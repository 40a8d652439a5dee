/** Damage that shows when something is read, in words for people. */
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'

/** What to do about it. */
export const DAMAGE_ADVICE = 'Export the sessions that matter, then move the file away: a new one is begun.'

/** @returns an InputError that names the store where `error` says that it is damaged, else `error` itself */
export function inWords(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) return error
  return new InputError(file, `a damaged store (${error.message})`, `a sound one. ${DAMAGE_ADVICE}`, { cause: error })
}
