/** Picks the strongest memory cap this machine offers and says why the stronger ones were passed over. */
import { cgroupMechanism } from './cgroup.ts'
import { jobObjectMechanism } from './job-object.ts'
import type { CapMechanism, MechanismName } from './mechanism.ts'
import { monitorMechanism } from './monitor.ts'
import { rlimitDataMechanism } from './rlimit-data.ts'
import { systemdScopeMechanism } from './systemd-scope.ts'

/**
 * The mechanisms, strongest first. A cgroup, the lab's own or one that systemd lends, counts every page the process causes; RLIMIT_DATA and job objects
 * count private memory only; a monitor enforces nothing.
 */
export const mechanisms: readonly CapMechanism[] = [
  cgroupMechanism,
  systemdScopeMechanism,
  rlimitDataMechanism,
  jobObjectMechanism,
  monitorMechanism,
]

export interface Rejection {
  name: MechanismName
  why: string
}

/** Returns the first usable mechanism, and the stronger ones that aren't usable. @throws if there is none: a phone must have a cap */
export function strongestMechanism(from: readonly CapMechanism[] = mechanisms): { mechanism: CapMechanism; rejected: Rejection[] } {
  const rejected: Rejection[] = []
  for (const mechanism of from) {
    const why = mechanism.unavailable()
    if (why === null) return { mechanism, rejected }
    rejected.push({ name: mechanism.name, why })
  }
  throw new Error(`no memory cap works on this machine: ${rejected.map(({ name, why }) => `${name}: ${why}`).join('; ')}`)
}
