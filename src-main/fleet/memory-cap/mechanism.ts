/**
 * The interface of a memory cap, whatever enforces it. An emulated phone is a worker process; its cap is on the whole resident memory of that
 * process, runtime included, as the phone's own system would count it. One contract test runs against every mechanism.
 */
export type MechanismName = 'cgroup' | 'systemd-scope' | 'rlimit-data' | 'job-object' | 'monitor'

/** One way of capping a process. It holds no state: everything about one process is in its `AppliedCap`. */
export interface CapMechanism {
  readonly name: MechanismName
  /** True when the operating system itself enforces the cap. A mechanism that samples and kills MUST say false. */
  readonly enforced: boolean
  /**
   * The words of a launcher that a worker's command is appended to, for mechanisms that can only cap a process started in a special way. The program
   * MUST become the worker (the same process number, descriptors and environment). @default none
   */
  readonly launcher?: readonly string[]
  /**
   * Returns null if the mechanism is usable here, else a clause that says why not and follows "cgroup: ". It MUST find out by trying or reading where
   * the platform allows, not by the platform's name alone; it MUST NOT throw and MUST leave nothing behind.
   */
  unavailable(): string | null
  /**
   * Caps a process that has reported ready and is idle. A process can be capped once: another cap needs another process.
   * - MUST let the process go on when it grows by less than `capBytes - idleBytes`, and MUST refuse it memory or stop it when it grows past that.
   * - MUST count processes that it starts as a part of it.
   * - MUST return normally when `capBytes < idleBytes`: nothing can grow then, and the caller decides what that means.
   * - MUST throw an `Error` that names the pid when the process is gone or the system refuses; the process is then uncapped.
   * - MUST NOT limit the calling process in any way.
   */
  apply(target: CapTarget): AppliedCap
}

export interface CapTarget {
  readonly pid: number
  /** The whole resident size that the process may reach, bytes. */
  readonly capBytes: number
}

export interface AppliedCap {
  readonly mechanism: MechanismName
  readonly enforced: boolean
  readonly capBytes: number
  /** The resident bytes of the process when the cap was set. */
  readonly idleBytes: number
  /**
   * Returns true if this mechanism itself stopped the process (oom_kill of a control group, a monitor). Mechanisms that refuse memory (rlimit-data,
   * job-object) return false, and `exitReason` concludes from how the process ended. It MUST return the same after `release`.
   */
  stoppedByCap(): boolean
  /** Frees what the parent holds for the cap. It MUST be called once the process has ended, MUST NOT throw, and may be called again. */
  release(): void
}

/** Returns the bytes by which the process may grow: the cap less its size when it was ready, at least 0. */
export function budgetBytes(capBytes: number, idleBytes: number): number {
  return Math.max(0, capBytes - idleBytes)
}
