/** Samples a process with what it started, and ends all of it once they hold more than they may together. */
import { descendants, killTree, residentBytesOf } from './process-tree.ts'
import { type ProcessMemory, readProcessMemory } from './process-memory.ts'

export interface TreeWatch {
  /** True if it was ended for holding too much. */
  stopped(): boolean
  end(): void
}

/** @param held bytes to count of the process itself at a sample; `alone`: it has started no other */
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
