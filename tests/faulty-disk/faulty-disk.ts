/** A disk that fails at a chosen moment, as the processes under test see it: their calls to the system's C library are met by one of ours. Linux. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import koffi from 'koffi'

/** As numbered in faulty-disk.c. The last two end the process, before the write or in the middle of it. */
export const FAULTS = ['none', 'no space', 'i/o error', 'read-only', 'short', 'short, then no space', 'kill', 'torn kill'] as const
export type Fault = (typeof FAULTS)[number]

/** The disk stays so. */
export const FOR_GOOD = 1e9

/** @param directory it is built there @returns the library's path, or why there is none */
export function buildFaultyDisk(directory: string): { library: string } | { missing: string } {
  if (process.platform !== 'linux') return { missing: 'only Linux can preload it' }
  const library = join(directory, 'faulty-disk.so')
  const source = join(import.meta.dirname, 'faulty-disk.c')
  const { status, error, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { encoding: 'utf8' })
  if (error) return { missing: 'there is no C compiler (cc)' }
  return status === 0 ? { library } : { missing: `cc: ${stderr.split('\n')[0]}` }
}

export interface Failing {
  /** Changes of files whose path begins so are counted. */
  readonly under: string
  readonly fault: Fault
  /** The first of them that fails, from 1. */
  readonly at: number
  /** @default 1 */
  readonly times?: number
  /** Where the process leaves how many changes there were, and how many failed. */
  readonly report?: string
}

/** For a process of its own. */
export function faultyEnvironment(library: string, { under, fault, at, times = 1, report }: Failing): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAULT_UNDER: under,
    FAULT_KIND: String(FAULTS.indexOf(fault)),
    FAULT_AT: String(at),
    FAULT_TIMES: String(times),
    ...(report === undefined ? {} : { FAULT_REPORT: report }),
  }
}

/** For a process that has the library preloaded and lets its own disk fail. */
export function ownDisk(library: string) {
  const loaded = koffi.load(library)
  const arm = loaded.func('void fault_arm(long at, long times, int kind)') as (at: number, times: number, kind: number) => void
  const calls = loaded.func('long fault_calls()') as () => number
  const hits = loaded.func('long fault_hits()') as () => number
  return {
    fail: (fault: Fault, at: number, times: number): void => arm(at, times, FAULTS.indexOf(fault)),
    /** @returns changes since it was told to fail, and how many did */
    mend(): { changes: number; failed: number } {
      const counts = { changes: Number(calls()), failed: Number(hits()) }
      arm(0, 0, 0)
      return counts
    },
  }
}
