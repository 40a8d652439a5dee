/** Opens the file that stores sessions: checks it, then brings it to the newest schema. */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, linkSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { type ModeChange, PRIVATE_FILE, mendMode, ownFolder } from '#main/machine/private-files.ts'
import { APPLICATION_ID, StoreRefused, inspectFile } from './inspect-file.ts'
import { MIGRATIONS, migrate } from './migrations/migrate.ts'
import { networkDrive } from './network-drive.ts'
import { type SlowStatement, watchStatements } from './slow-statements.ts'
import type { StoreNotice } from './store-notice.ts'
import { INCREMENTAL, Store } from './store.ts'

interface OpenOptions {
  /** True to refuse to make a new store. @default false */
  readonly mustExist?: boolean
  /** Called with what was mended, and with what the user should know about the store's place. @default nobody is told */
  readonly tell?: (notice: StoreNotice) => void
  /** Called with each statement that takes long. @default nobody is told, and no statement is timed */
  readonly onSlow?: ((slow: SlowStatement) => void) | undefined
}

export interface OpenedStore {
  readonly store: Store
  /** The file that was opened, which may be another one than was asked for. */
  readonly file: string
  readonly notices: readonly StoreNotice[]
}

/** @throws InputError for a file that is not a sound store of this or an older version (it is left as it is) or can't be written */
export function openStore(path: string, { mustExist = false, tell, onSlow }: OpenOptions = {}): Store {
  const file = resolve(path)
  const exists = inspectFile(file)
  if (!exists && mustExist) throw new InputError(file, 'no store', 'a file that run --store has written')
  let database: Database.Database | undefined
  try {
    if (!exists) putEmptyStore(file)
    database = new Database(file)
    database.pragma('journal_mode = WAL')
    // A write that is reported as kept must survive a power cut, and a disk that fails only when it syncs must be noticed.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    migrate(database)
    if (onSlow) watchStatements(database, onSlow)
    const change = mendFiles(file)
    if (change !== null) tell?.({ kind: 'readable-by-others', change })
    const drive = tell ? networkDrive(file) : null
    if (drive !== null) tell?.({ kind: 'network-drive', file, drive })
    return new Store(database)
  } catch (error) {
    database?.close()
    if (error instanceof InputError || !(error instanceof Error)) throw error
    throw new InputError(file, error.message, 'a store that can be written', { cause: error })
  }
}

/** @returns the first file of the store that others could read; null if there was none */
function mendFiles(file: string): ModeChange | null {
  const real = realpathSync(file)
  const [change] = ['', '-wal', '-shm', '-journal'].map((part) => mendMode(real + part, PRIVATE_FILE))
  return change ?? null
}

/** Makes a store under another name and links it to its place, so that nobody finds half of it, and of several processes that do this one succeeds. */
function putEmptyStore(file: string): void {
  const made = `${file}.${randomUUID()}.new`
  // SQLite gives its logs the mode of the file that they belong to.
  closeSync(openSync(made, 'wx', PRIVATE_FILE))
  const database = new Database(made)
  try {
    database.pragma(`auto_vacuum = ${INCREMENTAL}`)
    database.pragma(`application_id = ${APPLICATION_ID}`)
    database.close()
    if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file, { force: true })
    linkSync(made, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    database.close()
    rmSync(made, { force: true })
  }
}

/**
 * Opens the user's default store. Nobody chose it, so a fault in it must not keep anybody from working: a damaged one is set aside under another
 * name, one of a newer version stays where it is, and in both cases another one is opened in its place.
 */
export function openDefaultStore(path: string, onSlow?: OpenOptions['onSlow']): OpenedStore {
  let change: ModeChange | null
  try {
    change = ownFolder(dirname(path))
  } catch (error) {
    const expected = 'a folder that can be made there, or another place for sessions (--store FILE)'
    throw new InputError(dirname(path), (error as Error).message, expected, { cause: error })
  }
  const notices: StoreNotice[] = change === null ? [] : [{ kind: 'readable-by-others', change }]
  const tell = (notice: StoreNotice): void => void notices.push(notice)
  try {
    return { store: openStore(path, { tell, onSlow }), file: path, notices }
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error
    if (error.why === 'newer') {
      const own = path.replace(/(\.[^.]*)?$/, `.schema-${MIGRATIONS.length}$1`)
      const store = openStore(own, { tell, onSlow })
      return { store, file: own, notices: [...notices, { kind: 'newer', file: path, own }] }
    }
    const aside = setAside(path)
    return { store: openStore(path, { onSlow }), file: path, notices: [...notices, { kind: 'set-aside', found: error.found, aside }] }
  }
}

/** Renames a store and its logs, without replacing any other file. @returns the new path */
function setAside(path: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  let aside = `${path}.damaged-${stamp}`
  for (let n = 2; existsSync(aside); n++) aside = `${path}.damaged-${stamp}-${n}`
  for (const part of ['', '-wal', '-shm']) if (existsSync(path + part)) renameSync(path + part, aside + part)
  return aside
}
