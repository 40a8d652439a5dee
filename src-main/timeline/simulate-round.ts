/** Simulates one round on the timeline: builds a policy's task graph, schedules it from a given moment on, and measures the schedule. */
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { timelineMetrics, type TimelineMetrics } from './timeline-metrics.ts'
import { withField } from './policies/field.ts'
import { POLICIES } from './policies/index.ts'
import { checkRoundWork, type RoundWork } from './round-work.ts'
import { simulate } from './simulate.ts'
import type { Schedule, Task } from './task.ts'

export interface SimulatedRound {
  readonly tasks: readonly Task[]
  readonly schedule: Schedule
  readonly metrics: TimelineMetrics
  /** The moment at which the next round can start. */
  readonly endSeconds: number
}

export function simulateRound(work: RoundWork, policy: PolicyName, startSeconds = 0): SimulatedRound {
  checkRoundWork(work)
  const tasks = withField(work, POLICIES[policy].tasks(work))
  const schedule = simulate(tasks, startSeconds)
  return { tasks, schedule, metrics: timelineMetrics(tasks, schedule), endSeconds: schedule.endSeconds }
}
