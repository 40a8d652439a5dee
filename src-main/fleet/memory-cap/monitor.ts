/**
 * The mechanism of last resort, where the operating system caps nothing: the parent samples the process and kills it once it exceeds its cap.
 *
 * This is supervision, not enforcement: between two samples, or while the parent's event loop is busy, the process may hold more
 * than its cap. Where the system keeps a peak, a spike between two samples is still seen and punished at the next one.
 */
import type { AppliedCap, CapMechanism, CapTarget } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'
import { watchTree } from './process-tree.ts'

const sampleEveryMilliseconds = 20

export const monitorMechanism: CapMechanism = {
  name: 'monitor',
  enforced: false,

  unavailable() {
    try {
      requireProcessMemory(process.pid)
      return null
    } catch (error) {
      return clauseOf(error)
    }
  },

  apply({ pid, capBytes }: CapTarget): AppliedCap {
    const idle = requireProcessMemory(pid)
    const watch = watchTree(pid, capBytes, sampleEveryMilliseconds, ({ residentBytes, peakBytes }) =>
      Math.max(residentBytes, peakBytes > idle.peakBytes ? peakBytes : 0),
    )
    return {
      mechanism: 'monitor',
      enforced: false,
      capBytes,
      idleBytes: idle.residentBytes,
      stoppedByCap: watch.stopped,
      release: watch.end,
    }
  },
}
