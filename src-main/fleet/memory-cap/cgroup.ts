/**
 * Control groups version 2 on Linux: the kernel counts every page a process causes and kills it at memory.max.
 *
 * Pages the process already holds stay charged to the group it came from when it moves ("Memory Ownership" in the kernel's
 * admin-guide/cgroup-v2.rst), so the new group gets what is left: memory.max = max(0, cap - resident(now)). memory.high is never set: it
 * throttles without end instead of refusing. Page cache counts too, but is given back under pressure.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { budgetBytes } from './mechanism.ts'
import type { AppliedCap, CapMechanism, CapTarget, MechanismName } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'

export const cgroupMechanism: CapMechanism = {
  name: 'cgroup',
  enforced: true,

  unavailable() {
    if (process.platform !== 'linux') return 'only on Linux'
    try {
      const parent = requireParentGroup()
      const probe = join(parent, `cooperlab-probe-${process.pid}`)
      mkdirSync(probe)
      try {
        limitGroup(probe, 0)
      } finally {
        rmdirSync(probe)
      }
      return null
    } catch (error) {
      return clauseOf(error)
    }
  },

  apply({ pid, capBytes }: CapTarget): AppliedCap {
    const { residentBytes } = requireProcessMemory(pid)
    const group = join(requireParentGroup(), `cooperlab-${pid}`)
    mkdirSync(group)
    try {
      limitGroup(group, budgetBytes(capBytes, residentBytes))
      enterGroup(group, pid)
    } catch (error) {
      rmdirSync(group)
      throw new Error(`process ${pid} can't be moved into a control group: ${clauseOf(error)}`, { cause: error })
    }
    return cappedBy('cgroup', group, { pid, capBytes }, residentBytes)
  },
}

/** Returns the cap that the limits of `group` put on the process in it. */
export function cappedBy(mechanism: MechanismName, group: string, { capBytes }: CapTarget, idleBytes: number): AppliedCap {
  let killedAtRelease: boolean | undefined
  const killed = (): boolean => {
    try {
      return oomKills(readFileSync(join(group, 'memory.events'), 'utf8')) > 0
    } catch {
      // The group was removed by somebody else, and its counters with it.
      return false
    }
  }
  return {
    mechanism,
    enforced: true,
    capBytes,
    idleBytes,
    stoppedByCap: () => killedAtRelease ?? killed(),
    release() {
      if (killedAtRelease !== undefined) return
      killedAtRelease = killed()
      try {
        rmdirSync(group)
      } catch {
        // The group is gone or still busy; an empty group left behind costs nothing and limits nothing.
      }
    },
  }
}

/** Returns the mount point of the version 2 hierarchy from the text of /proc/self/mounts; null when it isn't mounted. */
export function unifiedMount(mounts: string): string | null {
  const line = mounts.split('\n').find((entry) => entry.split(' ')[2] === 'cgroup2')
  return line?.split(' ')[1] ?? null
}

/** Returns this process's group in the version 2 hierarchy from the text of /proc/self/cgroup, e.g. `/user.slice/app.scope`. */
export function ownGroup(membership: string): string | null {
  return /^0::(.+)$/m.exec(membership)?.[1] ?? null
}

/** Returns the number of processes of the group that were killed at memory.max, from the text of memory.events. */
export function oomKills(events: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0)
}

/**
 * Finds the nearest group at or above `own` that hands the memory controller to its children and that this user may change. Since it is above this
 * process's own group, it is also above the workers', so the kernel lets them be moved into its children.
 */
export function parentGroup(mount: string, own: string): string | { why: string } {
  if (!words(join(mount, 'cgroup.controllers')).includes('memory')) return { why: `${mount} has no memory controller` }
  let why = 'the memory controller is not delegated to any group this process is in'
  for (let group = resolve(mount, `.${own}`); ; group = dirname(group)) {
    if (words(join(group, 'cgroup.subtree_control')).includes('memory')) {
      if (writable(group) && writable(join(group, 'cgroup.procs'))) return group
      why = `${group} is not writable by this user`
    }
    if (group.length <= mount.length) return { why }
  }
}

function requireParentGroup(): string {
  const mount = unifiedMount(readFileSync('/proc/self/mounts', 'utf8'))
  const own = ownGroup(readFileSync('/proc/self/cgroup', 'utf8'))
  if (!mount || !own) throw new Error('cgroup v2 is not mounted')
  const parent = parentGroup(mount, own)
  if (typeof parent !== 'string') throw new Error(parent.why)
  return parent
}

export function enterGroup(group: string, pid: number): void {
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
}

/** Limits a group. At the limit the kernel kills all processes of the group together. */
export function limitGroup(group: string, maximumBytes: number): void {
  writeFileSync(join(group, 'memory.max'), String(maximumBytes))
  writeFileSync(join(group, 'memory.oom.group'), '1')
  // A kernel without swap has no such file.
  const swap = join(group, 'memory.swap.max')
  if (existsSync(swap)) writeFileSync(swap, '0')
}

/** Returns the words of a control file; none if there is no such file. */
function words(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split(/\s+/) : []
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
