/**
 * Control groups that systemd lends to a user who may make none, as in a shell over ssh or on a console, whose own group belongs to the system. Every
 * worker is started in a transient, delegated scope of its own with `systemd-run --user --scope`. Later it is moved into a group below its scope, so
 * that what it already holds stays charged to the scope, and is limited there as in `cgroup.ts`.
 * https://systemd.io/CGROUP_DELEGATION
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cappedBy, enterGroup, limitGroup, ownGroup, unifiedMount } from './cgroup.ts'
import { budgetBytes } from './mechanism.ts'
import type { AppliedCap, CapMechanism, CapTarget } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'

/** With --scope, systemd-run becomes the program it starts. */
const SCOPE = ['systemd-run', '--user', '--scope', '--quiet', '--collect', '--property=Delegate=yes', '--'] as const
/**
 * A shell that keeps the scope alive for ten seconds after the worker has ended: systemd removes an empty scope at once, and with it the count of
 * processes killed at the limit. The shell holds none of the worker's descriptors; 3 is that of the channel to the lab.
 */
const KEEPER = `(sh -c 'tail --pid="$0" -f /dev/null; sleep 10' $$ </dev/null >/dev/null 2>&1 3>&- &); exec "$@"`
const LAUNCHER = [...SCOPE, 'sh', '-c', KEEPER, 'sh'] as const
/** The longest wait for systemd-run, since a system bus that doesn't answer must not hold up the start. */
const PATIENCE_MILLISECONDS = 5000

let found: string | null | undefined

export const systemdScopeMechanism: CapMechanism = {
  name: 'systemd-scope',
  enforced: true,
  launcher: LAUNCHER,

  unavailable() {
    if (found === undefined) found = whyNoScope(SCOPE)
    return found
  },

  apply({ pid, capBytes }: CapTarget): AppliedCap {
    const { residentBytes } = requireProcessMemory(pid)
    const scope = requireScope(pid)
    const [group, others] = ['worker', 'keeper'].map((name) => join(scope, name)) as [string, string]
    try {
      mkdirSync(group)
      mkdirSync(others)
      enterGroup(group, pid)
      // A group can hand controllers down only if it has no processes of its own.
      for (const other of readFileSync(join(scope, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) enterGroup(others, Number(other))
      writeFileSync(join(scope, 'cgroup.subtree_control'), '+memory')
      limitGroup(group, budgetBytes(capBytes, residentBytes))
    } catch (error) {
      throw new Error(`process ${pid} can't be capped in its scope ${scope}: ${clauseOf(error)}`, { cause: error })
    }
    return cappedBy('systemd-scope', group, { pid, capBytes }, residentBytes)
  },
}

/** @param launcher the command that starts a process in a scope @returns why that doesn't work, as a clause; null if its scopes count memory */
export function whyNoScope(launcher: readonly string[], environment: NodeJS.ProcessEnv = process.env): string | null {
  if (process.platform !== 'linux') return 'only on Linux'
  const mount = unifiedMount(readFileSync('/proc/self/mounts', 'utf8'))
  if (!mount) return 'cgroup v2 is not mounted'
  const [command, ...words] = launcher
  const tell = `cat "${mount}$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.controllers"`
  const { error, status, stdout, stderr } = spawnSync(command!, [...words, 'sh', '-c', tell], {
    encoding: 'utf8',
    env: environment,
    timeout: PATIENCE_MILLISECONDS,
    windowsHide: true,
  })
  if (error) return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `${command} is not installed` : `${command}: ${clauseOf(error)}`
  if (status !== 0) return clauseOf(stderr.trim() || `${command} ended with ${status}`)
  return stdout.trim().split(/\s+/).includes('memory') ? null : "systemd delegates no memory controller to this user's scopes"
}

function requireScope(pid: number): string {
  const mount = unifiedMount(readFileSync('/proc/self/mounts', 'utf8'))
  const own = ownGroup(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))
  if (!mount || !own?.endsWith('.scope')) throw new Error(`process ${pid} can't be capped: it was not started in a scope of its own`)
  return join(mount, own)
}
