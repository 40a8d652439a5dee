/**
 * Job objects on Windows. JOB_OBJECT_LIMIT_PROCESS_MEMORY limits what a process may commit; as with RLIMIT_DATA committed isn't
 * resident, so growth is limited: limit = committed(now) + max(0, cap - working set(now)). A refused commit fails the allocation. What the
 * process starts is in the same job, whose JOB_OBJECT_LIMIT_JOB_MEMORY is the same limit for all of it together.
 * The process also ends when the lab does (JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE).
 */
import { kernel32 } from './kernel32.ts'
import { budgetBytes } from './mechanism.ts'
import type { AppliedCap, CapMechanism, CapTarget } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'

export const jobObjectMechanism: CapMechanism = {
  name: 'job-object',
  enforced: true,

  unavailable() {
    if (process.platform !== 'win32') return 'only on Windows'
    try {
      kernel32()
      return null
    } catch (error) {
      return clauseOf(error)
    }
  },

  apply({ pid, capBytes }: CapTarget): AppliedCap {
    const { residentBytes, dataBytes } = requireProcessMemory(pid)
    const job = kernel32().limitCommit(pid, dataBytes + budgetBytes(capBytes, residentBytes))
    return {
      mechanism: 'job-object',
      enforced: true,
      capBytes,
      idleBytes: residentBytes,
      stoppedByCap: () => false,
      release: () => job.close(),
    }
  },
}
