/** Describes a simulated round for its event. */
import type { ScheduleMetrics, TaskSpan } from '#shared/events/round-schedule.ts'
import type { TimelineMetrics } from './timeline-metrics.ts'
import { needTimes } from './need-times.ts'
import type { Schedule, Task } from './task.ts'

/** Describes tasks in the order of the graph. @param criticalPath ids of its tasks; without it the tasks are no round and get no need times */
export function describeTasks(tasks: readonly Task[], schedule: Schedule, criticalPath?: readonly string[]): TaskSpan[] {
  const entries = new Map(schedule.entries.map((entry) => [entry.id, entry]))
  const needs = criticalPath ? needTimes(tasks, schedule) : new Map<string, number>()
  const critical = new Set(criticalPath)
  return tasks.map(({ id, lane, kind, device, layer, bytes, flop, after }) => {
    const { start, end, available } = entries.get(id)!
    return {
      id,
      lane,
      kind,
      device,
      ...(layer === undefined ? {} : { layer }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(flop === undefined ? {} : { flop }),
      startSeconds: start,
      endSeconds: end,
      ...(available > end ? { availableSeconds: available } : {}),
      ...(needs.has(id) ? { needSeconds: needs.get(id)! } : {}),
      ...(critical.has(id) ? { critical: true } : {}),
      after,
    }
  })
}

export function describeMetrics({
  communicationSeconds,
  exposedCommunicationSeconds,
  chainSeconds,
  lanes,
}: TimelineMetrics): ScheduleMetrics {
  return {
    exposedSeconds: exposedCommunicationSeconds,
    hiddenSeconds: communicationSeconds - exposedCommunicationSeconds,
    criticalPathSeconds: chainSeconds,
    bubbleShare: Object.fromEntries(lanes.map(({ lane, bubbleShare }) => [lane, bubbleShare])),
  }
}
