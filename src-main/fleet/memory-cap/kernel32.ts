/** The few functions of Windows' kernel32 that capping a process needs, typed. Not tried on a real Windows. */
import type { ProcessMemory } from './memory-counts.ts'
import { koffi } from './native.ts'

/** An open handle of Windows, opaque to us. */
type Handle = unknown

interface Kernel32 {
  /** Returns the working set, its peak and the committed private memory; null if the process can't be opened. */
  memoryOf(pid: number): ProcessMemory | null
  /**
   * Puts the process in a new job whose processes may commit at most `limitBytes` together; closing the returned job ends the process.
   * Throws an `Error` with the system's error number.
   */
  limitCommit(pid: number, limitBytes: number): { close(): void }
}

// The constants below are from winnt.h.
const processTerminate = 0x0001
const processSetQuota = 0x0100
const processQueryLimitedInformation = 0x1000
const jobObjectExtendedLimitInformation = 9
const limitProcessMemory = 0x0100
const limitJobMemory = 0x0200
const limitKillOnJobClose = 0x2000

let opened: Kernel32 | undefined

export function kernel32(): Kernel32 {
  opened ??= open()
  return opened
}

/** The structures of winnt.h and psapi.h. They have no names, because koffi's names are global to the process. */
export function layouts() {
  const native = koffi()
  const ioCounters = native.struct({
    ReadOperationCount: 'uint64_t',
    WriteOperationCount: 'uint64_t',
    OtherOperationCount: 'uint64_t',
    ReadTransferCount: 'uint64_t',
    WriteTransferCount: 'uint64_t',
    OtherTransferCount: 'uint64_t',
  })
  const basicLimits = native.struct({
    PerProcessUserTimeLimit: 'int64_t',
    PerJobUserTimeLimit: 'int64_t',
    LimitFlags: 'uint32_t',
    MinimumWorkingSetSize: 'size_t',
    MaximumWorkingSetSize: 'size_t',
    ActiveProcessLimit: 'uint32_t',
    Affinity: 'uintptr_t',
    PriorityClass: 'uint32_t',
    SchedulingClass: 'uint32_t',
  })
  const extendedLimits = native.struct({
    BasicLimitInformation: basicLimits,
    IoInfo: ioCounters,
    ProcessMemoryLimit: 'size_t',
    JobMemoryLimit: 'size_t',
    PeakProcessMemoryUsed: 'size_t',
    PeakJobMemoryUsed: 'size_t',
  })
  const memoryCounters = native.struct({
    cb: 'uint32_t',
    PageFaultCount: 'uint32_t',
    PeakWorkingSetSize: 'size_t',
    WorkingSetSize: 'size_t',
    QuotaPeakPagedPoolUsage: 'size_t',
    QuotaPagedPoolUsage: 'size_t',
    QuotaPeakNonPagedPoolUsage: 'size_t',
    QuotaNonPagedPoolUsage: 'size_t',
    PagefileUsage: 'size_t',
    PeakPagefileUsage: 'size_t',
  })
  return { extendedLimits, memoryCounters }
}

function open(): Kernel32 {
  const native = koffi()
  const { extendedLimits, memoryCounters } = layouts()
  const library = native.load('kernel32.dll')
  const openProcess = library.func('__stdcall', 'OpenProcess', 'void *', ['uint32_t', 'int', 'uint32_t'])
  const closeHandle = library.func('__stdcall', 'CloseHandle', 'int', ['void *'])
  const getLastError = library.func('__stdcall', 'GetLastError', 'uint32_t', [])
  const createJob = library.func('__stdcall', 'CreateJobObjectW', 'void *', ['void *', 'void *'])
  const setInformation = library.func('__stdcall', 'SetInformationJobObject', 'int', [
    'void *',
    'int',
    native.pointer(extendedLimits),
    'uint32_t',
  ])
  const assignProcess = library.func('__stdcall', 'AssignProcessToJobObject', 'int', ['void *', 'void *'])
  const getMemory = library.func('__stdcall', 'K32GetProcessMemoryInfo', 'int', [
    'void *',
    native.out(native.pointer(memoryCounters)),
    'uint32_t',
  ])

  const failure = (call: string, pid: number) => new Error(`${call} failed for process ${pid}: Windows error ${getLastError()}`)
  const withProcess = <T>(pid: number, access: number, use: (handle: Handle) => T): T => {
    const handle = openProcess(access, 0, pid)
    if (!handle) throw failure('OpenProcess', pid)
    try {
      return use(handle)
    } finally {
      closeHandle(handle)
    }
  }

  return {
    memoryOf: (pid) =>
      withProcess(pid, processQueryLimitedInformation, (handle) => {
        const counters: Record<string, number> = {}
        if (!getMemory(handle, counters, native.sizeof(memoryCounters))) return null
        const { WorkingSetSize, PeakWorkingSetSize, PagefileUsage } = counters
        // A process that has ended but is still referred to reports a working set of 0.
        if (!WorkingSetSize) return null
        return {
          residentBytes: WorkingSetSize,
          peakBytes: PeakWorkingSetSize ?? WorkingSetSize,
          dataBytes: PagefileUsage ?? WorkingSetSize,
        }
      }),

    limitCommit: (pid, limitBytes) =>
      withProcess(pid, processSetQuota | processTerminate, (handle) => {
        const job: Handle = createJob(null, null)
        if (!job) throw failure('CreateJobObjectW', pid)
        const limits = {
          BasicLimitInformation: { ...zeroBasicLimits, LimitFlags: limitProcessMemory | limitJobMemory | limitKillOnJobClose },
          IoInfo: zeroIoCounters,
          ProcessMemoryLimit: limitBytes,
          JobMemoryLimit: limitBytes,
          PeakProcessMemoryUsed: 0,
          PeakJobMemoryUsed: 0,
        }
        const call = !setInformation(job, jobObjectExtendedLimitInformation, limits, native.sizeof(extendedLimits))
          ? 'SetInformationJobObject'
          : !assignProcess(job, handle)
            ? 'AssignProcessToJobObject'
            : null
        if (call) {
          const error = failure(call, pid)
          closeHandle(job)
          throw error
        }
        let isOpen = true
        return {
          close() {
            if (isOpen) closeHandle(job)
            isOpen = false
          },
        }
      }),
  }
}

const zeroBasicLimits = {
  PerProcessUserTimeLimit: 0,
  PerJobUserTimeLimit: 0,
  LimitFlags: 0,
  MinimumWorkingSetSize: 0,
  MaximumWorkingSetSize: 0,
  ActiveProcessLimit: 0,
  Affinity: 0,
  PriorityClass: 0,
  SchedulingClass: 0,
}

const zeroIoCounters = {
  ReadOperationCount: 0,
  WriteOperationCount: 0,
  OtherOperationCount: 0,
  ReadTransferCount: 0,
  WriteTransferCount: 0,
  OtherTransferCount: 0,
}
