/**
 * Files and folders in the making, beside the place that they are for. Each is named after the process that makes it: what one left that was killed
 * is removed when something is made for the same place again.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { THIS_PROCESS, processSpace, stillRuns } from './process-identity.ts'

/** Process number, its start, and the space of process numbers that both are from. */
const OWNER = /\.(\d+)-(\d*)-(\d+)\.[\da-f]{8}\.partial$/

/** Returns a unique name for a file that is to be put at `path`, and removes what killed processes left for that place. */
export function partialPath(path: string): string {
  const [folder, name] = [dirname(path), basename(path)]
  removeLeft(folder, `.${name}.`)
  const [pid, start] = THIS_PROCESS.split(' ')
  return join(folder, `.${name}.${pid}-${start}-${processSpace()}.${randomBytes(4).toString('hex')}.partial`)
}

/** Removes what killed processes left unfinished in a folder. What can't be removed now is left for the next time. @param begins of their names */
export function removeLeft(folder: string, begins = '.'): void {
  for (const name of namesIn(folder)) {
    const [, pid, start, space] = OWNER.exec(name) ?? []
    // Processes of another container can't be seen from here, so their files stay.
    if (!name.startsWith(begins) || space !== processSpace() || stillRuns(`${pid} ${start}`)) continue
    try {
      rmSync(join(folder, name), { recursive: true, force: true })
    } catch {
      // The file may belong to somebody else.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
