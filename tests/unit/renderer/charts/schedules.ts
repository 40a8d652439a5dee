/** Schedules for the tests of the Gantt. */
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import type { RoundSchedule } from '#renderer/charts/gantt/schedule-model.ts'

export function task(lane: string, startSeconds: number, endSeconds: number, more: Partial<TaskSpan> = {}): TaskSpan {
  const device = lane.slice(0, lane.lastIndexOf('/'))
  return { id: `${lane}@${startSeconds}`, lane, device, kind: 'probe', startSeconds, endSeconds, ...more }
}

export function scheduleOf(tasks: readonly TaskSpan[], startSeconds = 0, round = 1): RoundSchedule {
  return { round, startSeconds, endSeconds: tasks.reduce((end, { endSeconds }) => Math.max(end, endSeconds), startSeconds), tasks }
}
