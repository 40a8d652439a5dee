/**
 * Folders for files that this process needs for as long as it runs. Each is named after its owner; what an owner left that was killed is removed
 * when the lab starts next, and never what belongs to one that runs.
 */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { THIS_PROCESS, processSpace, stillRuns } from './process-identity.ts'

/** Kind, process number, its start, and the space of process numbers that both are from. */
const NAME = /^cooperlab-[a-z]+-(\d+)-(\d*)-(\d+)-\w{6}$/

export interface ScratchFolder extends Disposable {
  readonly path: string
}

const open = new Set<string>()

/** @param base e.g. the system's folder for temporary files @param kind lower-case letters that tell a person what the folder is for */
export function scratchFolder(base: string, kind: string): ScratchFolder {
  const [pid, start] = THIS_PROCESS.split(' ')
  // Only the user may look into the folder.
  const path = mkdtempSync(join(base, `cooperlab-${kind}-${pid}-${start}-${processSpace()}-`))
  if (open.size === 0) process.on('exit', removeAll)
  open.add(path)
  return {
    path,
    [Symbol.dispose]() {
      open.delete(path)
      if (open.size === 0) process.off('exit', removeAll)
      removeFolder(path)
    },
  }
}

/** Removes what owners left in `base` that don't run any more. Whatever can't be removed now is left for the next time. */
export function sweepScratch(base: string): void {
  const space = processSpace()
  for (const name of names(base)) {
    const [, pid, start, of] = NAME.exec(name) ?? []
    // Processes of another container can't be seen from here, so their folders stay.
    if (of !== space || stillRuns(`${pid} ${start}`)) continue
    const path = join(base, name)
    try {
      const status = lstatSync(path)
      if (status.isDirectory() && status.uid === (process.getuid?.() ?? status.uid)) removeFolder(path)
    } catch {
      // Another process was faster, or the folder can't be removed.
    }
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function removeAll(): void {
  for (const path of open) removeFolder(path)
}

/** Windows takes a moment to let go of files whose process has ended. */
function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}
