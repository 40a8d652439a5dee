/** A piece of work on the virtual timeline, what it waits for, and where it ended up. */
export type TaskKind = 'forward' | 'backward' | 'encode' | 'transfer-down' | 'transfer-up' | 'probe' | 'update' | 'evaluate' | 'wait'

export interface Task {
  readonly id: string
  /** What it occupies, one task at a time: `cloud/compute`, `cloud/encode`, `<phone>/compute`, `<phone>/downlink`, `<phone>/uplink`, `cell/<name>/downlink`. */
  readonly lane: string
  /** How long it occupies the lane; a function of its start where the cost changes over time (a link's bandwidth, a phone's heat). */
  readonly seconds: number | ((startSeconds: number) => number)
  /** From the end of the occupation until those that wait for the task may go on, e.g. a message's way through the air. @default 0 */
  readonly latencySeconds?: number | ((endSeconds: number) => number)
  readonly after: readonly string[]
  readonly kind: TaskKind
  /** `cloud` or the phone's id. */
  readonly device: string
  /** Among the ready tasks of a lane the least goes first, then the one that stands first in the list. @default 0 */
  readonly priority?: number
  readonly layer?: number
  /** Class of the direction it is about. */
  readonly label?: number
  readonly bytes?: number
  readonly flop?: number
}

/** In virtual seconds. */
export interface ScheduledTask {
  readonly id: string
  readonly start: number
  /** The lane is free again. */
  readonly end: number
  /** `end` plus latency: those that wait for it may start. */
  readonly available: number
}

export interface Schedule {
  readonly startSeconds: number
  readonly endSeconds: number
  /** In the order in which tasks started. */
  readonly entries: readonly ScheduledTask[]
  /** From `startSeconds` until the last task is available. */
  readonly makespanSeconds: number
}

export function isTransfer(kind: TaskKind): boolean {
  return kind === 'transfer-down' || kind === 'transfer-up'
}
