/** Examines the file at a store's path without changing it, and refuses whatever is no store that this program understands. */
import { type Stats, accessSync, closeSync, constants, existsSync, lstatSync, openSync, readSync, readlinkSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { isDamage } from './damage.ts'
import { MIGRATIONS, migrate, schemaVersion } from './migrations/migrate.ts'

/** The application id in the header of every store, "CLab", by which other programs' databases are told apart. */
export const APPLICATION_ID = 0x434c6162

/** Stores up to this size are checked as a whole before they are opened, larger ones while they are in use (`page-check.ts`). */
export const CHECKED_BYTES = 64 * 2 ** 20

/** https://sqlite.org/fileformat.html#the_database_header */
const HEADER = { bytes: 100, magic: 'SQLite format 3\0', applicationIdOffset: 68 }

/** Thrown if the file at a store's path can't be used. The file was left as it is. */
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
  const status = statusOf(path)
  if (status === undefined) {
    checkDirectory(path)
    refuseDanglingLink(path)
    return false
  }
  if (!status.isFile()) throw new InputError(path, status.isDirectory() ? 'a directory' : 'not a regular file', 'a store of sessions')
  checkAccess(path, path, 'a file that can be read and written')
  if (status.size === 0) return false
  checkHeader(path)
  checkContent(path)
  return true
}

/** @returns undefined if there is nothing, or a link that leads nowhere, perhaps in a circle */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined
    throw error
  }
}

/** Refuses a link to nothing: otherwise whoever made the link would decide where sessions are written to. */
function refuseDanglingLink(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return
  throw new InputError(path, `a link to ${readlinkSync(path)}, where there is nothing`, 'a file, or a link to a store that is there')
}

function checkDirectory(path: string): void {
  const directory = dirname(path)
  const status = statSync(directory, { throwIfNoEntry: false })
  if (!status?.isDirectory()) throw new InputError(path, `no directory ${directory}`, 'a file in a directory that exists')
  checkAccess(path, directory, 'a file in a directory that can be written')
}

function checkAccess(path: string, checked: string, expected: string): void {
  try {
    accessSync(checked, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new InputError(path, `no permission (${(error as NodeJS.ErrnoException).code})`, expected, { cause: error })
  }
}

/** Checks the header as plain bytes, because opening another program's database may already change it. */
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
    // A connection that may write merges the log of a killed process when it closes, and one that may not leaves empty logs behind.
    database = new Database(path, { readonly: existsSync(`${path}-wal`), fileMustExist: true })
    const version = schemaVersion(database)
    if (version > MIGRATIONS.length) {
      throw new StoreRefused(path, 'newer', `a store of a newer version (schema ${version})`, `schema ${MIGRATIONS.length} or older`)
    }
    const strange = strangeObject(database, version)
    if (strange !== null) throw new StoreRefused(path, 'foreign', `a store with ${strange}`)
    // The check reads every page, which would delay the start with a large store.
    if (statSync(path).size > CHECKED_BYTES) return
    const finding = database.pragma('quick_check(1)', { simple: true }) as string
    if (finding !== 'ok') throw new StoreRefused(path, 'damaged', `a damaged store (${finding})`)
  } catch (error) {
    if (isDamage(error)) {
      throw new StoreRefused(path, 'damaged', `a store that can't be read (${(error as Error).message})`, undefined, error)
    }
    // A file that is locked, or whose disk is full or gone, may be sound.
    if (error instanceof Database.SqliteError) {
      throw new InputError(path, error.message, 'a store that can be read and written now (nothing was changed)', { cause: error })
    }
    throw error
  } finally {
    database?.close()
  }
}

interface SchemaObject {
  readonly type: string
  readonly name: string
  readonly sql: string
}

/**
 * Looks for tables, indices, triggers and views that differ from those that this program makes, since they would change what its statements do.
 * @returns the first difference in words; null if there is none
 */
function strangeObject(database: Database.Database, version: number): string | null {
  const expected = new Map(schemaAt(version).map((object) => [`${object.type} ${object.name}`, object.sql]))
  for (const { type, name, sql } of objectsIn(database)) {
    const known = expected.get(`${type} ${name}`)
    if (known === undefined) return `a ${type} "${name}" that the lab did not make`
    if (known !== sql) return `a ${type} "${name}" that is not as the lab made it`
    expected.delete(`${type} ${name}`)
  }
  const [missing] = expected.keys()
  return missing === undefined ? null : `no ${missing}`
}

/** Lists the objects of the schema, without those that SQLite makes for itself. */
function objectsIn(database: Database.Database): SchemaObject[] {
  return database
    .prepare<[], SchemaObject>("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all()
}

function schemaAt(version: number): SchemaObject[] {
  const database = new Database(':memory:')
  try {
    migrate(database, MIGRATIONS.slice(0, version))
    return objectsIn(database)
  } finally {
    database.close()
  }
}
