import { describe, expect, test } from 'vitest'
import { koffi } from '../../../src-main/fleet/memory-cap/native.ts'
import { layouts } from '../../../src-main/fleet/memory-cap/kernel32.ts'
import { dataLimits } from '../../../src-main/fleet/memory-cap/rlimit-data.ts'
import { parseStatus, readProcessMemory, requireProcessMemory } from '../../../src-main/fleet/memory-cap/process-memory.ts'

// Above the largest process id of Linux (2^22) and not one of macOS or Windows.
const nobody = 2 ** 30 + 1

describe('the memory of a process', () => {
  test('agrees with what Node says about itself', () => {
    const memory = requireProcessMemory(process.pid)
    const resident = process.memoryUsage().rss
    expect(Math.abs(memory.residentBytes - resident)).toBeLessThan(0.1 * resident)
    expect(memory.peakBytes).toBeGreaterThanOrEqual(memory.residentBytes)
  })

  test('grows with what the process maps and touches', () => {
    const before = requireProcessMemory(process.pid)
    const held = new Uint8Array(64 * 2 ** 20).fill(1)
    const after = requireProcessMemory(process.pid)
    expect(held.length).toBe(64 * 2 ** 20)
    expect(after.residentBytes - before.residentBytes).toBeGreaterThan(48 * 2 ** 20)
    expect(after.peakBytes - before.residentBytes).toBeGreaterThan(48 * 2 ** 20)
  })

  test('is null for a process that is gone, and an error that names it where it is needed', () => {
    expect(readProcessMemory(nobody)).toBeNull()
    expect(() => requireProcessMemory(nobody)).toThrow(String(nobody))
  })

  test('is read from /proc in kibibytes, and absent for a process nobody has waited for', () => {
    const status = 'Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t   52 kB\nVmRSS:\t   48 kB\nVmData:\t  610 kB\n'
    expect(parseStatus(status)).toEqual({ residentBytes: 48 * 1024, peakBytes: 52 * 1024, dataBytes: 610 * 1024 })
    expect(parseStatus('Name:\tnode\nState:\tZ (zombie)\n')).toBeNull()
  })
})

test.skipIf(process.platform !== 'linux')('prlimit names a process that is gone and the error of the system', () => {
  expect(() => dataLimits(nobody)).toThrow(new RegExp(`process ${nobody}: ESRCH`))
})

// Sizes and offsets of a 64-bit Windows, from the declarations in winnt.h and psapi.h.
test('the structures of kernel32 are laid out as Windows lays them out', () => {
  const { extendedLimits, memoryCounters } = layouts()
  const native = koffi()
  expect(native.sizeof(extendedLimits)).toBe(144)
  expect(native.offsetof(extendedLimits, 'ProcessMemoryLimit')).toBe(112)
  expect(native.sizeof(memoryCounters)).toBe(72)
  expect(native.offsetof(memoryCounters, 'WorkingSetSize')).toBe(16)
  expect(native.offsetof(memoryCounters, 'PagefileUsage')).toBe(56)
})
