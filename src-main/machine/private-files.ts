/** Files and folders that only their user may read. On Windows a user's own folders are private by themselves. */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname } from 'node:path'

export const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700
const OTHERS = 0o077

/** A folder that all users write into, such as the system's temporary folder, is nobody's own. */
const STICKY = 0o1000

/** Makes a folder of the lab's own if it isn't there, and mends one that others may look into. @returns what there is to tell; null: nothing */
export function ownFolder(path: string): string | null {
  if (mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER }) !== undefined) return null
  const isShared = (statSync(path).mode & STICKY) !== 0 || path === homedir() || path === dirname(path)
  return isShared ? null : mendMode(path, PRIVATE_FOLDER)
}

/** Takes from others what they may do with a file or folder of the lab. @returns what there is to tell, a sentence; null: nothing */
export function mendMode(path: string, mode: number): string | null {
  if (process.platform === 'win32') return null
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || (found.mode & OTHERS) === 0) return null
  const was = (found.mode & 0o777).toString(8).padStart(4, '0')
  try {
    chmodSync(path, mode)
    return `Other users could look into ${path} (mode ${was}); that is mended (now ${mode.toString(8).padStart(4, '0')}).`
  } catch {
    return `Other users may look into ${path} (mode ${was}), and that can't be changed from here.`
  }
}
