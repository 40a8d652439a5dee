/** Figures of a schedule, for the strip above it and for the comparison of policies. */
import type { ScheduleModel } from './schedule-model.ts'

export interface ScheduleFigures {
  readonly makespanSeconds: number
  /** The share of communication that computing hides; null if nothing was sent. */
  readonly overlapRatio: number | null
  /** The time in which messages are under way and nothing computes. */
  readonly exposedSeconds: number
  readonly hiddenSeconds: number
  /** The share of time in which the lanes that compute are idle. */
  readonly bubbleShare: number
  /** Null where the schedule doesn't tell it. */
  readonly criticalPathSeconds: number | null
  readonly bytesDown: number
  readonly bytesUp: number
}

/** Returns the lab's own figures if every round has them; those of older recordings are computed from their tasks. */
export function scheduleFigures(model: ScheduleModel): ScheduleFigures {
  const { lanes, metrics, rounds, seconds } = model
  const told = metrics.length > 0 && metrics.length === rounds.length
  const communication = told ? sumOf(metrics) : fromTasks(model)
  const total = communication.exposedSeconds + communication.hiddenSeconds
  const computing = lanes.filter(({ computes }) => computes)
  const busy = computing.reduce((sum, { busySeconds }) => sum + busySeconds, 0)
  return {
    makespanSeconds: seconds,
    overlapRatio: total > 0 ? communication.hiddenSeconds / total : null,
    exposedSeconds: communication.exposedSeconds,
    hiddenSeconds: communication.hiddenSeconds,
    bubbleShare: computing.length > 0 && seconds > 0 ? 1 - busy / (computing.length * seconds) : 0,
    criticalPathSeconds: told ? metrics.reduce((sum, { criticalPathSeconds }) => sum + criticalPathSeconds, 0) : null,
    bytesDown: bytesOf(model, 'transfer-down'),
    bytesUp: bytesOf(model, 'transfer-up'),
  }
}

interface Communication {
  readonly exposedSeconds: number
  readonly hiddenSeconds: number
}

function sumOf(metrics: readonly Communication[]): Communication {
  return metrics.reduce<Communication>(
    (sum, { exposedSeconds, hiddenSeconds }) => ({
      exposedSeconds: sum.exposedSeconds + exposedSeconds,
      hiddenSeconds: sum.hiddenSeconds + hiddenSeconds,
    }),
    { exposedSeconds: 0, hiddenSeconds: 0 },
  )
}

function fromTasks({ lanes }: ScheduleModel): Communication {
  const transfers: Interval[] = []
  const computing: Interval[] = []
  for (const { starts, ends, availables, tasks } of lanes) {
    for (const [i, { kind }] of tasks.entries()) {
      if (kind.startsWith('transfer-')) transfers.push([starts[i]!, availables[i]!])
      else if (kind !== 'wait') computing.push([starts[i]!, ends[i]!])
    }
  }
  const exposedSeconds = Math.max(0, covered([...transfers, ...computing]) - covered(computing))
  return { exposedSeconds, hiddenSeconds: covered(transfers) - exposedSeconds }
}

function bytesOf({ lanes }: ScheduleModel, kind: string): number {
  return lanes.reduce((sum, { tasks }) => tasks.reduce((bytes, task) => bytes + (task.kind === kind ? (task.bytes ?? 0) : 0), sum), 0)
}

type Interval = readonly [start: number, end: number]

/** Returns the length of the union of intervals. */
function covered(intervals: readonly Interval[]): number {
  let total = 0
  let reach = -Infinity
  for (const [start, end] of intervals.toSorted((a, b) => a[0] - b[0])) {
    if (end > reach) total += end - Math.max(start, reach)
    reach = Math.max(reach, end)
  }
  return total
}
