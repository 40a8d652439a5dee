/** Opens the file that keeps sessions: checked first, then brought to the newest schema. */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, linkSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { InputError } from '#shared/errors/input-error.ts'
import { PRIVATE_FILE, mendMode, ownFolder } from '#main/machine/private-files.ts'
import { APPLICATION_ID, StoreRefused, inspectFile } from './inspect-file.ts'
import { MIGRATIONS, migrate } from './migrations/migrate.ts'
import { networkWarning } from './network-drive.ts'
import { type SlowStatement, watchStatements } from './slow-statements.ts'
import { INCREMENTAL, Store } from './store.ts'

export interface OpenOptions {
  /** Refuse to make a new store. @default false */
  readonly mustExist?: boolean
  /** Called with a sentence about what was mended, or what the user should know of the store's place. @default nobody is told */
  readonly tell?: (words: string) => void
  /** Told of statements that take long. @default nobody is, and none is timed */
  readonly onSlow?: ((slow: SlowStatement) => void) | undefined
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
    const mended = mendFiles(file)
    if (mended !== null) tell?.(mended)
    const far = tell ? networkWarning(file) : null
    if (far !== null) tell?.(far)
    return new Store(database)
  } catch (error) {
    database?.close()
    if (error instanceof InputError || !(error instanceof Error)) throw error
    throw new InputError(file, error.message, 'a store that can be written', { cause: error })
  }
}

/** @returns what there is to tell; null: nobody but its user could look into it */
function mendFiles(file: string): string | null {
  const real = realpathSync(file)
  const [mended] = ['', '-wal', '-shm', '-journal'].map((part) => mendMode(real + part, PRIVATE_FILE))
  return mended ?? null
}

/** Made beside its place and put there at once: nobody finds half of it, and of several that do this at the same time one succeeds. */
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
 * Opens the store that nobody chose, so what is wrong with it must not keep anybody from working: a damaged one is set aside under another
 * name, one of a newer version stays where it is, and in both cases another one is opened in its place.
 * @returns what there is to tell, in one sentence; null: nothing
 */
export function openDefaultStore(path: string, onSlow?: OpenOptions['onSlow']): { store: Store; file: string; notice: string | null } {
  let mended: string | null
  try {
    mended = ownFolder(dirname(path))
  } catch (error) {
    const expected = 'a folder that can be made there, or another place for sessions (--store FILE)'
    throw new InputError(dirname(path), (error as Error).message, expected, { cause: error })
  }
  const sentences = mended === null ? [] : [mended]
  const tell = (words: string): void => void sentences.push(words)
  const told = (...more: string[]): string | null => [...sentences, ...more].join(' ') || null
  try {
    return { store: openStore(path, { tell, onSlow }), file: path, notice: told() }
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error
    if (error.why === 'newer') {
      const own = path.replace(/(\.[^.]*)?$/, `.schema-${MIGRATIONS.length}$1`)
      const notice = `${path} was written by a newer version of the lab and was left alone; this version keeps its sessions in ${own}.`
      return { store: openStore(own, { tell, onSlow }), file: own, notice: told(notice) }
    }
    const aside = setAside(path)
    const notice = `The store of sessions could not be read (${error.found}). It was set aside as ${aside}, and a new one was begun.`
    return { store: openStore(path, { onSlow }), file: path, notice: told(notice) }
  }
}

/** Renames a store with its logs; nothing that stands in the way is replaced. */
function setAside(path: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  let aside = `${path}.damaged-${stamp}`
  for (let n = 2; existsSync(aside); n++) aside = `${path}.damaged-${stamp}-${n}`
  for (const part of ['', '-wal', '-shm']) if (existsSync(path + part)) renameSync(path + part, aside + part)
  return aside
}
