/** Files and folders that only their user may read. On Windows a user's own folders are private by themselves. */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'

export const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700
const OTHERS = 0o077

/** A folder that all users write into, such as the system's temporary folder, is nobody's own. */
const STICKY = 0o1000

/** Permissions of a file or folder that let other users in. */
export interface ModeChange {
  readonly path: string
  /** Its permission bits as they were found. */
  readonly was: number
  /** Its permission bits now; null if they could not be changed. */
  readonly now: number | null
}

/** Makes a folder of the lab's own if it isn't there. @returns what was changed where others could look into it; null: nothing */
export function ownFolder(path: string): ModeChange | null {
  if (mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER }) !== undefined) return null
  const isShared = (statSync(path).mode & STICKY) !== 0 || path === homedir() || path === dirname(path)
  return isShared ? null : mendMode(path, PRIVATE_FOLDER)
}

/** Takes from other users what they may do with a file or folder of the lab. @returns null if they could do nothing with it */
export function mendMode(path: string, mode: number): ModeChange | null {
  if (process.platform === 'win32') return null
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || (found.mode & OTHERS) === 0) return null
  const was = found.mode & 0o777
  try {
    chmodSync(path, mode)
    return { path, was, now: mode }
  } catch {
    return { path, was, now: null }
  }
}
