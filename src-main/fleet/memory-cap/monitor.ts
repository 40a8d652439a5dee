/**
 * The last resort where the operating system caps nothing: the parent samples the process and kills it past its cap.
 *
 * This is supervision, not enforcement: between two samples, or while the parent's event loop is busy, the process may hold more
 * than its cap. Where the system keeps a peak, a spike between two samples is still seen and punished at the next one.
 */
import type { AppliedCap, CapMechanism, CapTarget } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { readProcessMemory, requireProcessMemory } from './process-memory.ts'

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
    let stopped = false
    const timer = setInterval(() => {
      const memory = readProcessMemory(pid)
      if (!memory) return clearInterval(timer)
      const peakSinceReady = memory.peakBytes > idle.peakBytes ? memory.peakBytes : 0
      if (Math.max(memory.residentBytes, peakSinceReady) <= capBytes) return
      clearInterval(timer)
      stopped = kill(pid)
    }, sampleEveryMilliseconds)
    timer.unref()
    return {
      mechanism: 'monitor',
      enforced: false,
      capBytes,
      idleBytes: idle.residentBytes,
      stoppedByCap: () => stopped,
      release: () => clearInterval(timer),
    }
  },
}

/** False when the process ended by itself first. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
