/** Replaces the cap when a session is verified: a phone is lost when it was lost before, and at no other time, so processes may grow freely. */
import type { CapMechanism } from './mechanism.ts'
import { requireProcessMemory } from './process-memory.ts'

export const uncapped: CapMechanism = {
  name: 'monitor',
  enforced: false,
  unavailable: () => null,
  apply: ({ pid, capBytes }) => ({
    mechanism: 'monitor',
    enforced: false,
    capBytes,
    idleBytes: requireProcessMemory(pid).residentBytes,
    stoppedByCap: () => false,
    release: () => {},
  }),
}
