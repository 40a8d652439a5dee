/** Watches a worker with all processes that it started. Workers start none, but one that did must not get around its cap that way. */
import { readFileSync } from 'node:fs'
import { macChildren } from './libproc.ts'
import { readProcessMemory, type ProcessMemory } from './process-memory.ts'

/** Returns the living processes that `pid` started, and those that they started in turn; none where the system doesn't say. */
function descendants(pid: number): number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendants)]
}

/** Returns the sum of the processes' resident bytes. */
function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readProcessMemory(pid)?.residentBytes ?? 0), 0)
}

/** Returns the resident bytes of a process and of all that it started; pages that several of them share count for each. */
export function treeResidentBytes(pid: number): number {
  return residentBytesOf([pid, ...descendants(pid)])
}

/** Kills a process and its descendants from the leaves up, so that none is left without a parent. @returns true if `pid` itself still lived */
function killTree(pid: number): boolean {
  for (const child of descendants(pid).reverse()) kill(child)
  return kill(pid)
}

function childrenOf(pid: number): number[] {
  try {
    if (process.platform === 'darwin') return macChildren(pid)
    // Node starts all processes from its main thread, whose children are therefore all. https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
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

interface TreeWatch {
  /** Returns true if the process was ended for holding too much. */
  stopped(): boolean
  end(): void
}

/**
 * Samples a process with its descendants, and ends all of them once they hold more than they may together.
 * @param held returns the bytes to count for the process itself; `alone` is true if it has no descendants
 */
export function watchTree(
  pid: number,
  capBytes: number,
  everyMilliseconds: number,
  held: (memory: ProcessMemory, alone: boolean) => number,
): TreeWatch {
  let stopped = false
  const timer = setInterval(() => {
    const memory = readProcessMemory(pid)
    if (!memory) return clearInterval(timer)
    const others = descendants(pid)
    if (held(memory, others.length === 0) + residentBytesOf(others) <= capBytes) return
    clearInterval(timer)
    stopped = killTree(pid)
  }, everyMilliseconds)
  timer.unref()
  return { stopped: () => stopped, end: () => clearInterval(timer) }
}
