/**
 * Entry point of a process that reads every page and index of the store in argv[2] and prints what is wrong with it, or nothing.
 * It is a process because SQLite can't be stopped in the middle, but a process can; it has the least priority, since nobody waits for it.
 */
import { constants, setPriority } from 'node:os'
import Database from 'better-sqlite3'
import { isDamage } from './damage.ts'

setPriority(constants.priority.PRIORITY_LOW)
process.stdout.write(finding(process.argv[2]!))

function finding(path: string): string {
  const database = new Database(path, { readonly: true, fileMustExist: true })
  try {
    const found = database.pragma('integrity_check(1)', { simple: true }) as string
    return found === 'ok' ? '' : found.replaceAll('\n', ' ')
  } catch (error) {
    if (isDamage(error)) return (error as Error).message
    throw error
  } finally {
    database.close()
  }
}
