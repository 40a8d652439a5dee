/** Brings a database to the newest schema. Its user_version is the number of steps it has taken. */
import type { Database } from 'better-sqlite3'
import { sessionsAndEvents } from './0001-sessions-and-events.ts'
import { sessionsThatGoOn } from './0002-sessions-that-go-on.ts'

/** The SQL of each step, from schema i to schema i + 1. Steps are only ever added. */
export const MIGRATIONS: readonly string[] = [sessionsAndEvents, sessionsThatGoOn]

export function schemaVersion(database: Database): number {
  return database.pragma('user_version', { simple: true }) as number
}

/** Applies all missing steps or none: a step that fails leaves the file as it was. Several processes may call it at once. */
export function migrate(database: Database, steps = MIGRATIONS): void {
  if (schemaVersion(database) >= steps.length) return
  const run = database.transaction(() => {
    for (let version = schemaVersion(database); version < steps.length; version++) database.exec(steps[version]!)
    database.pragma(`user_version = ${steps.length}`)
  })
  run.immediate()
}
