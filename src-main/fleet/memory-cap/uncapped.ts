/** In place of a cap where a phone is to be lost when it was lost before, and at no other time: processes grow as they like. */
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
