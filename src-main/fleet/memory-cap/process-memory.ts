/** Asks the operating system how much memory a process of this user holds. */
import { readFileSync, writeFileSync } from 'node:fs'
import { kernel32 } from './kernel32.ts'
import { macMemory } from './libproc.ts'
import type { ProcessMemory } from './memory-counts.ts'

export type { ProcessMemory }

/** @returns the memory of a process of this user; null if it is gone or the system doesn't say */
export function readProcessMemory(pid: number): ProcessMemory | null {
  try {
    if (process.platform === 'win32') return kernel32().memoryOf(pid)
    if (process.platform === 'darwin') return macMemory(pid)
    return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return null
  }
}

/** Has the system forget the largest size of a process so far (proc_pid_clear_refs(5)). @returns false where it can't */
export function forgetPeakMemory(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    return true
  } catch {
    return false
  }
}

/** Parses /proc/PID/status (proc_pid_status(5)). @returns null if it has no sizes, as for a process that ended but wasn't waited for */
export function parseStatus(status: string): ProcessMemory | null {
  const bytesOf = (field: string): number | null => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)
    return match ? Number(match[1]) * 1024 : null
  }
  const residentBytes = bytesOf('VmRSS')
  const peakBytes = bytesOf('VmHWM')
  const dataBytes = bytesOf('VmData')
  if (residentBytes === null || peakBytes === null || dataBytes === null) return null
  const fileBytes = bytesOf('RssFile')
  return { residentBytes, peakBytes, dataBytes, ...(fileBytes === null ? {} : { fileBytes }) }
}

/** @returns the memory of a process that is about to be capped @throws Error that names the process if it is gone */
export function requireProcessMemory(pid: number): ProcessMemory {
  const memory = readProcessMemory(pid)
  if (!memory) throw new Error(`process ${pid} can't be capped: its memory can't be read, it is probably gone`)
  return memory
}
