/** Names of processes that outlive them: a process number alone may be given to another one later. */
import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/** The identity of this process. */
export const THIS_PROCESS = identity(process.pid)

/** States of a process that has ended but whose parent hasn't asked for its exit code; in a container it may never ask. */
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X', 'x'])

/** True if the process that gave itself this name still runs on this machine. The number alone isn't enough, since numbers are reused. */
export function stillRuns(name: string): boolean {
  const [number, start] = name.split(' ')
  const pid = Number(number)
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // A process of somebody else may not be signalled, but it exists.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (start !== undefined && identity(pid) !== name) return false
  const state = statusOf(pid)?.state ?? stateByPs(pid)
  return !ENDED_STATES.has(state)
}

/** The PID namespace on Linux, by its number: numbers of processes mean something only within one. */
export function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]
  } catch {
    return '0'
  }
}

function identity(pid: number): string {
  return `${pid} ${statusOf(pid)?.start ?? ''}`
}

interface Status {
  /** The state as one letter, e.g. R or S. */
  readonly state: string
  /** The start time, in the system's own unit. */
  readonly start: string
}

/** null where the system doesn't tell files about it. */
function statusOf(pid: number): Status | null {
  try {
    // The name, in brackets, may hold anything; state and start are the first and the 20th field after it.
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', start: fields[19] ?? '' }
  } catch {
    return null
  }
}

/** Reads the state of a process on systems without /proc. Empty where it can't be told. */
export function stateByPs(pid: number): string {
  if (process.platform === 'win32') return ''
  return (spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8', windowsHide: true }).stdout ?? '').trim().slice(0, 1)
}
