/** A worker with all processes that it started. Workers start none; one that does must not get around its cap that way. */
import { readFileSync } from 'node:fs'
import { macChildren } from './libproc.ts'
import { readProcessMemory } from './process-memory.ts'

/** Processes that `pid` started and that live, theirs included; none where the system doesn't say. */
export function descendants(pid: number): number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendants)]
}

/** Resident bytes of all of them together. */
export function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readProcessMemory(pid)?.residentBytes ?? 0), 0)
}

/** Kills from the leaves up, so that nothing is left without a parent. @returns true if `pid` itself still lived */
export function killTree(pid: number): boolean {
  for (const child of descendants(pid).reverse()) kill(child)
  return kill(pid)
}

function childrenOf(pid: number): number[] {
  try {
    if (process.platform === 'darwin') return macChildren(pid)
    // The children of the main thread are all children, since it starts all of Node's. https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
