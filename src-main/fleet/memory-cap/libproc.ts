/** Memory and children of a process on macOS, through libproc. Not tried on a real Mac. */
import type { ProcessMemory } from './memory-counts.ts'
import { koffi } from './native.ts'

// struct rusage_info_v0 in <sys/resource.h>: ri_uuid[16], then ten uint64, of which the 7th is ri_resident_size and the 8th
// ri_phys_footprint.
const rusageInfoV0 = { flavor: 0, sizeBytes: 96, residentOffset: 64, footprintOffset: 72 }

let procPidRusage: ((pid: number, flavor: number, buffer: Uint8Array) => number) | undefined

const MOST_CHILDREN = 1024
let procListChildPids: ((pid: number, buffer: Uint8Array, bytes: number) => number) | undefined

export function macChildren(pid: number): number[] {
  procListChildPids ??= koffi().load('/usr/lib/libSystem.B.dylib').func('int proc_listchildpids(int pid, void *buffer, int bytes)')
  const pids = new Int32Array(MOST_CHILDREN)
  procListChildPids(pid, new Uint8Array(pids.buffer), pids.byteLength)
  return [...pids].filter((child) => child > 0)
}

export function macMemory(pid: number): ProcessMemory | null {
  procPidRusage ??= koffi().load('/usr/lib/libSystem.B.dylib').func('int proc_pid_rusage(int pid, int flavor, void *buffer)')
  const buffer = new Uint8Array(rusageInfoV0.sizeBytes)
  if (procPidRusage(pid, rusageInfoV0.flavor, buffer) !== 0) return null
  const view = new DataView(buffer.buffer)
  const residentBytes = Number(view.getBigUint64(rusageInfoV0.residentOffset, true))
  return { residentBytes, peakBytes: residentBytes, dataBytes: Number(view.getBigUint64(rusageInfoV0.footprintOffset, true)) }
}
