/**
 * RLIMIT_DATA on Linux, set from outside with prlimit(2), which needs no privilege for a process of the same user.
 *
 * The kernel refuses private writable memory (heap, anonymous mappings, typed arrays, WebAssembly memory) beyond the limit. It
 * counts it when it is mapped, not when it is touched, and V8 maps 512 MB at start, so an absolute limit would say nothing about
 * resident memory. What is limited is growth: limit = VmData(now) + max(0, cap - VmRSS(now)).
 * Pages of files and shared mappings aren't counted, nor is memory that was mapped but untouched when the cap was set; a worker with ONNX Runtime was
 * measured to end at most 7 MiB above its cap.
 *
 * Typed arrays, WebAssembly memory and native code are refused with an error that can be caught. V8's own heap is not: it collects
 * garbage at the limit for up to some seconds, then ends the process and says so on stderr (see `exitReason`).
 *
 * A process that a worker starts inherits the limit but counts by itself, so the two are also watched together.
 */
import { budgetBytes } from './mechanism.ts'
import type { AppliedCap, CapMechanism, CapTarget } from './mechanism.ts'
import { clauseOf, koffi } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'
import { watchTree } from './process-tree.ts'

/** The time between two checks for processes that a worker started. */
const CHILDREN_MILLISECONDS = 250

// The constants below are from <asm-generic/resource.h>.
const rlimitData = 2

/** The soft and the hard limit in bytes; 2^64-1 means "unlimited". */
type Limits = readonly [soft: bigint, hard: bigint]

type Prlimit64 = (pid: number, resource: number, newLimit: BigUint64Array | null, oldLimit: BigUint64Array | null) => number

let prlimit64: Prlimit64 | undefined

export const rlimitDataMechanism: CapMechanism = {
  name: 'rlimit-data',
  enforced: true,

  unavailable() {
    if (process.platform !== 'linux') return 'only on Linux'
    try {
      dataLimits(process.pid)
      return null
    } catch (error) {
      return clauseOf(error)
    }
  },

  apply({ pid, capBytes }: CapTarget): AppliedCap {
    const { residentBytes, dataBytes } = requireProcessMemory(pid)
    const wanted = BigInt(dataBytes + budgetBytes(capBytes, residentBytes))
    const [, hard] = dataLimits(pid)
    const limit = wanted < hard ? wanted : hard
    callPrlimit(pid, new BigUint64Array([limit, limit]), null)
    const watch = watchTree(pid, capBytes, CHILDREN_MILLISECONDS, (memory, alone) => (alone ? 0 : memory.residentBytes))
    return {
      mechanism: 'rlimit-data',
      enforced: true,
      capBytes,
      idleBytes: residentBytes,
      stoppedByCap: watch.stopped,
      release: watch.end,
    }
  },
}

/** Returns the limits in force for a process. */
export function dataLimits(pid: number): Limits {
  const limits = new BigUint64Array(2)
  callPrlimit(pid, null, limits)
  return [limits[0] ?? 0n, limits[1] ?? 0n]
}

function callPrlimit(pid: number, newLimit: BigUint64Array | null, oldLimit: BigUint64Array | null): void {
  // The runtime already holds libc, glibc or musl, so its symbols are looked up in this process.
  prlimit64 ??= koffi().load(null).func('prlimit64', 'int', ['int', 'int', 'void *', 'void *']) as Prlimit64
  if (prlimit64(pid, rlimitData, newLimit, oldLimit) === 0) return
  const { errno, os } = koffi()
  const code = errno()
  const name = Object.entries(os.errno).find(([, value]) => value === code)?.[0] ?? `errno ${code}`
  throw new Error(`prlimit refused RLIMIT_DATA for process ${pid}: ${name}`)
}
