/** The mechanism without a cap, for verifying a session: phones are lost exactly when they were lost before, so processes may grow freely. */
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
