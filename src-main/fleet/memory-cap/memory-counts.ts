/** The memory that a process holds, as the operating system counts it. */
export interface ProcessMemory {
  /** The physical memory that the process holds now, bytes. */
  residentBytes: number
  /** The most physical memory it has held, bytes; on macOS, which keeps no such peak, the present size. */
  peakBytes: number
  /**
   * The private writable memory promised to the process, touched or not, bytes: VmData on Linux (V8 reserves 512 MB of it at start),
   * committed private memory on Windows, the physical footprint on macOS.
   */
  dataBytes: number
  /** The part of the resident size that is mapped from files and shared by processes: programs and libraries. It is known on Linux only. */
  fileBytes?: number
}
