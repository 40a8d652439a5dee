/** Simulates one round on the timeline: builds a policy's task graph, schedules it from a given moment on, and measures the schedule. */
import type { PolicyName } from '#shared/events/event.ts'
import { timelineMetrics, type TimelineMetrics } from './timeline-metrics.ts'
import { withField } from './policies/field.ts'
import { layerwise } from './policies/layerwise.ts'
import { overlapped } from './policies/overlapped.ts'
import { sequential } from './policies/sequential.ts'
import { checkRoundWork, type RoundWork } from './round-work.ts'
import { simulate } from './simulate.ts'
import type { Schedule, Task } from './task.ts'

/** All policies lead to the same learning result; they differ in time. */
export const POLICIES = { sequential, overlapped, layerwise } as const satisfies Record<PolicyName, (work: RoundWork) => Task[]>
export type { PolicyName }

export interface SimulatedRound {
  readonly tasks: readonly Task[]
  readonly schedule: Schedule
  readonly metrics: TimelineMetrics
  /** The moment at which the next round can start. */
  readonly endSeconds: number
}

export function simulateRound(work: RoundWork, policy: PolicyName, startSeconds = 0): SimulatedRound {
  checkRoundWork(work)
  const tasks = withField(work, POLICIES[policy](work))
  const schedule = simulate(tasks, startSeconds)
  return { tasks, schedule, metrics: timelineMetrics(tasks, schedule), endSeconds: schedule.endSeconds }
}
