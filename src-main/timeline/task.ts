/** A piece of work on the virtual timeline, its dependencies, and its place in the schedule. */
import type { Message, TaskKind } from './task-id.ts'

export interface Task {
  readonly id: string
  /**
   * The resource that the task occupies alone: `cloud/compute`, `cloud/encode`, `<phone>/compute`, `<phone>/downlink`, `<phone>/uplink`,
   * `cell/<name>/downlink`.
   */
  readonly lane: string
  /** The seconds for which it occupies the lane; a function of its start where the cost changes over time (a link's bandwidth, a phone's heat). */
  readonly seconds: number | ((startSeconds: number) => number)
  /** The seconds between the end of the occupation and the moment dependent tasks may start, e.g. a message's way through the air. @default 0 */
  readonly latencySeconds?: number | ((endSeconds: number) => number)
  readonly after: readonly string[]
  readonly kind: TaskKind
  /** `cloud`, or the id of the phone. */
  readonly device: string
  /** Of the ready tasks of a lane, the one with the least priority number goes first; among equals, the first in the list. @default 0 */
  readonly priority?: number
  readonly layer?: number
  /** The message that a transfer carries. */
  readonly message?: Message
  readonly bytes?: number
  readonly flop?: number
}

/** A task with its place in virtual time, in seconds. */
export interface ScheduledTask {
  readonly id: string
  readonly start: number
  /** The moment at which the lane is free again. */
  readonly end: number
  /** The time at which tasks that wait for this one may start: `end` plus the latency. */
  readonly available: number
}

export interface Schedule {
  readonly startSeconds: number
  readonly endSeconds: number
  /** The tasks in the order in which they started. */
  readonly entries: readonly ScheduledTask[]
  /** The seconds from `startSeconds` until the last task is available. */
  readonly makespanSeconds: number
}

export function isTransfer(kind: TaskKind): boolean {
  return kind === 'transfer-down' || kind === 'transfer-up'
}
