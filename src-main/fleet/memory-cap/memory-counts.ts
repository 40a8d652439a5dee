/** The memory that a process holds, as the operating system counts it. */
export interface ProcessMemory {
  /** Physical memory the process holds now, bytes. */
  residentBytes: number
  /** The most it has held, bytes. macOS gives no peak of resident memory: there it is the size now. */
  peakBytes: number
  /**
   * Private writable memory promised to the process, touched or not, bytes: VmData on Linux (V8 reserves 512 MB of it at start),
   * committed private memory on Windows, the physical footprint on macOS.
   */
  dataBytes: number
  /** The part of the resident size that is mapped from files, which processes share: programs and libraries. Linux. */
  fileBytes?: number
}
