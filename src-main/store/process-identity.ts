/** Names of processes that outlive them: a process number alone may be given to another one later. */
import { readFileSync } from 'node:fs'

/** Of this process. */
export const THIS_PROCESS = identity(process.pid)

/** Whether the process that named itself so still runs on this machine. */
export function stillRuns(name: string): boolean {
  const pid = Number(name.split(' ')[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return identity(pid) === name
}

function identity(pid: number): string {
  return `${pid} ${startOf(pid)}`
}

/** When it was started, in the system's own unit; empty where the system doesn't tell files about it. */
function startOf(pid: number): string {
  try {
    // The name, in brackets, may hold anything; the start is the 20th field after it. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
