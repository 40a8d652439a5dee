/** What is at a store's path, found out without changing it: whatever is no store this program understands is refused. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { MIGRATIONS, schemaVersion } from './migrations/migrate.ts'

/** "CLab", in the header of every store, so that other programs' databases are told apart. */
export const APPLICATION_ID = 0x434c6162

/** Stores up to this size are checked as a whole before they are opened, larger ones while they are in use (`page-check.ts`). */
export const CHECKED_BYTES = 64 * 2 ** 20

/** https://sqlite.org/fileformat.html#the_database_header */
const HEADER = { bytes: 100, magic: 'SQLite format 3\0', applicationIdOffset: 68 }

/** There is something at a store's path that can't be used. It was left as it is. */
export class StoreRefused extends InputError {
  readonly why: 'foreign' | 'newer' | 'damaged'

  constructor(path: string, why: StoreRefused['why'], found: string, expected = 'a store of sessions', cause?: unknown) {
    super(path, found, `${expected} (nothing was changed)`, { cause })
    this.name = 'StoreRefused'
    this.why = why
  }
}

/** @returns whether there is a store at `path`. @throws InputError if there is something else, or none can be made there */
export function inspectFile(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false })
  if (status === undefined) return checkDirectory(path)
  if (!status.isFile()) throw new InputError(path, status.isDirectory() ? 'a directory' : 'not a regular file', 'a store of sessions')
  checkAccess(path, path, 'a file that can be read and written')
  if (status.size === 0) return false
  checkHeader(path)
  checkContent(path)
  return true
}

/** @returns false */
function checkDirectory(path: string): false {
  const directory = dirname(path)
  const status = statSync(directory, { throwIfNoEntry: false })
  if (!status?.isDirectory()) throw new InputError(path, `no directory ${directory}`, 'a file in a directory that exists')
  checkAccess(path, directory, 'a file in a directory that can be written')
  return false
}

function checkAccess(path: string, checked: string, expected: string): void {
  try {
    accessSync(checked, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new InputError(path, `no permission (${(error as NodeJS.ErrnoException).code})`, expected, { cause: error })
  }
}

/** Read as plain bytes, because opening another program's database may already change it. */
function checkHeader(path: string): void {
  const header = Buffer.alloc(HEADER.bytes)
  const file = openSync(path, 'r')
  try {
    readSync(file, header, 0, HEADER.bytes, 0)
  } finally {
    closeSync(file)
  }
  if (header.toString('latin1', 0, HEADER.magic.length) !== HEADER.magic)
    throw new StoreRefused(path, 'foreign', 'a file that is no SQLite database')
  if (header.readUInt32BE(HEADER.applicationIdOffset) !== APPLICATION_ID)
    throw new StoreRefused(path, 'foreign', "another program's SQLite database")
}

function checkContent(path: string): void {
  let database: Database.Database | undefined
  try {
    // When it closes, a connection that may write merges a log left by a killed process, and one that may not leaves empty logs behind.
    database = new Database(path, { readonly: existsSync(`${path}-wal`), fileMustExist: true })
    const version = schemaVersion(database)
    if (version > MIGRATIONS.length) {
      throw new StoreRefused(path, 'newer', `a store of a newer version (schema ${version})`, `schema ${MIGRATIONS.length} or older`)
    }
    // It reads every page: of a large store that would hold up the start.
    if (statSync(path).size > CHECKED_BYTES) return
    const finding = database.pragma('quick_check(1)', { simple: true }) as string
    if (finding !== 'ok') throw new StoreRefused(path, 'damaged', `a damaged store (${finding})`)
  } catch (error) {
    if (error instanceof Database.SqliteError)
      throw new StoreRefused(path, 'damaged', `a store that can't be read (${error.message})`, undefined, error)
    throw error
  } finally {
    database?.close()
  }
}
