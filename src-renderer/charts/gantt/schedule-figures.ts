/** What a schedule is worth, for the strip above it and for the comparison of policies. */
import type { ScheduleModel } from './schedule-model.ts'

export interface ScheduleFigures {
  readonly makespanSeconds: number
  /** Share of communication that computing hides; null where nothing was sent. */
  readonly overlapRatio: number | null
  /** Time in which messages are under way and nothing computes. */
  readonly exposedSeconds: number
  readonly hiddenSeconds: number
  /** Share of their time in which the lanes that compute are idle. */
  readonly bubbleShare: number
  readonly bytesDown: number
  readonly bytesUp: number
}

/** Of the tasks themselves: for schedules that bring no figures of their own. Latency is not known here, so messages end as they leave the link. */
export function scheduleFigures(model: ScheduleModel): ScheduleFigures {
  const transfers: [number, number][] = []
  const computing: [number, number][] = []
  let bytesDown = 0
  let bytesUp = 0
  let busy = 0
  let computeLanes = 0
  for (const { starts, ends, tasks, kinds, computes, busySeconds } of model.lanes) {
    if (computes) {
      computeLanes++
      busy += busySeconds
    }
    for (const [i, { bytes = 0 }] of tasks.entries()) {
      const kind = kinds[i]!
      const transfer = kind === 3 || kind === 4
      if (kind === 3) bytesDown += bytes
      if (kind === 4) bytesUp += bytes
      if (kind >= 0) (transfer ? transfers : computing).push([starts[i]!, ends[i]!])
    }
  }
  const exposedSeconds = Math.max(0, covered([...transfers, ...computing]) - covered(computing))
  const communicationSeconds = covered(transfers)
  return {
    makespanSeconds: model.seconds,
    overlapRatio: communicationSeconds > 0 ? 1 - exposedSeconds / communicationSeconds : null,
    exposedSeconds,
    hiddenSeconds: communicationSeconds - exposedSeconds,
    bubbleShare: computeLanes > 0 && model.seconds > 0 ? 1 - busy / (computeLanes * model.seconds) : 0,
    bytesDown,
    bytesUp,
  }
}

/** Length of the union. */
function covered(intervals: readonly (readonly [number, number])[]): number {
  let total = 0
  let reach = -Infinity
  for (const [start, end] of intervals.toSorted((a, b) => a[0] - b[0])) {
    if (end > reach) total += end - Math.max(start, reach)
    reach = Math.max(reach, end)
  }
  return total
}
