/**
 * The interface of a memory cap, whatever enforces it. An emulated phone is a worker process; its cap is on the whole resident memory of that
 * process, runtime included, as the phone's own system would count it. One contract test runs against every mechanism.
 */
export type MechanismName = 'cgroup' | 'systemd-scope' | 'rlimit-data' | 'job-object' | 'monitor'

/** One way of capping a process. Stateless: everything about one process lives in the `AppliedCap`. */
export interface CapMechanism {
  readonly name: MechanismName
  /** True when the operating system itself enforces the cap. A mechanism that samples and kills MUST say false. */
  readonly enforced: boolean
  /**
   * Words that a worker's command follows, where a process must be started in a way of its own to be capped later. The program they name MUST
   * become the worker (the same process number, descriptors and environment). @default none
   */
  readonly launcher?: readonly string[]
  /**
   * Null when usable here, else one clause why not, fit to follow "cgroup: ". MUST be found out by trying or reading, not by
   * the platform's name alone, where the platform allows; MUST NOT throw and MUST leave nothing behind.
   */
  unavailable(): string | null
  /**
   * Caps a process that has reported ready and is idle, once in its life: another cap means another process.
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
  /** Whole resident size the process may reach, bytes. */
  readonly capBytes: number
}

export interface AppliedCap {
  readonly mechanism: MechanismName
  readonly enforced: boolean
  readonly capBytes: number
  /** Resident bytes of the process when the cap was set. */
  readonly idleBytes: number
  /**
   * True when this mechanism itself stopped the process (oom_kill of a control group, a watch). Where memory is refused instead (rlimit-data,
   * job-object) it is false and `exitReason` tells from the way the process ended. MUST keep its answer after `release`.
   */
  stoppedByCap(): boolean
  /** Frees what the parent holds. MUST be called once the process has ended, MUST NOT throw, and may be called again. */
  release(): void
}

/** Bytes the process may still grow by: what the cap leaves above its size at ready. */
export function budgetBytes(capBytes: number, idleBytes: number): number {
  return Math.max(0, capBytes - idleBytes)
}
