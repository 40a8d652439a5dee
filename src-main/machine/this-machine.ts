/** The memory and cores that this machine offers to processes, within the limits that were set for the lab. */
import { availableParallelism, totalmem } from 'node:os'
import { readFileSync } from 'node:fs'

export interface MachineMemory {
  /** Bytes that new processes may take now: MemAvailable on Linux, free memory elsewhere, less where a control group allows less. */
  readonly availableBytes: number
  /** All bytes there are for the lab, used or not, with swap; beyond them nothing can run. */
  readonly mostBytes: number
  readonly cores: number
}

export function thisMachine(): MachineMemory {
  const limit = process.constrainedMemory()
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return { availableBytes: process.availableMemory(), mostBytes: memory + swapBytes(), cores: availableParallelism() }
}

/** 0 where the system doesn't tell: macOS and Windows make room for swapping as they need it. */
function swapBytes(): number {
  try {
    return parseSwap(readFileSync('/proc/meminfo', 'utf8'))
  } catch {
    return 0
  }
}

/** Reads the text of /proc/meminfo (proc_meminfo(5)). */
export function parseSwap(meminfo: string): number {
  return 1024 * Number(/^SwapTotal:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0)
}
