/** Opens the file that keeps sessions: checked first, then brought to the newest schema. */
import { resolve } from 'node:path'
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { APPLICATION_ID, inspectFile } from './inspect-file.ts'
import { migrate } from './migrations/migrate.ts'
import { Store } from './store.ts'

export interface OpenOptions {
  /** Refuse to make a new store. @default false */
  readonly mustExist?: boolean
}

/** @throws InputError for a file that is not a sound store of this or an older version (it is left as it is) or can't be written */
export function openStore(path: string, { mustExist = false }: OpenOptions = {}): Store {
  const file = resolve(path)
  const exists = inspectFile(file)
  if (!exists && mustExist) throw new InputError(file, 'no store', 'a file that run --store has written')
  let database: Database.Database | undefined
  try {
    database = new Database(file)
    // Before anything else, so that a store cut off while it was made is still known as one.
    if (!exists) database.pragma(`application_id = ${APPLICATION_ID}`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = ON')
    migrate(database)
    return new Store(database)
  } catch (error) {
    database?.close()
    if (!(error instanceof Database.SqliteError)) throw error
    throw new InputError(file, error.message, 'a store that can be written', { cause: error })
  }
}
