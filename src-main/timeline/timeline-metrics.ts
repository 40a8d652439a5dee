/** Measures a schedule: how busy each lane was, how much communication was hidden behind computing, and which tasks decided the makespan. */
import { isTransfer, type Schedule, type ScheduledTask, type Task } from './task.ts'

interface LaneMetrics {
  readonly lane: string
  readonly busySeconds: number
  /** The idle time within the makespan, then its share of the makespan (0 if the makespan is 0). */
  readonly bubbleSeconds: number
  readonly bubbleShare: number
}

export interface TimelineMetrics {
  readonly makespanSeconds: number
  /** The lanes in the order of first use. */
  readonly lanes: readonly LaneMetrics[]
  /** The time during which at least one message was under way, latency included. */
  readonly communicationSeconds: number
  /** The part of communication during which nothing computed anywhere. */
  readonly exposedCommunicationSeconds: number
  /** 1 - exposed / communication; null if nothing was sent. */
  readonly overlapRatio: number | null
  /** The length of the longest chain of tasks that wait for each other: the round's time if no lane were ever busy with something else. */
  readonly chainSeconds: number
  /** The ids of a chain of tasks that fills the makespan, each started by the end of the one before. */
  readonly criticalPath: readonly string[]
}

interface Interval {
  readonly start: number
  readonly end: number
}

export function timelineMetrics(tasks: readonly Task[], schedule: Schedule): TimelineMetrics {
  const { entries, makespanSeconds } = schedule
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const busy = new Map<string, number>()
  const transfers: Interval[] = []
  const computing: Interval[] = []
  for (const entry of entries) {
    const task = byId.get(entry.id)
    if (!task) throw new Error(`the schedule has a task ${entry.id} that is not in the graph`)
    busy.set(task.lane, (busy.get(task.lane) ?? 0) + entry.end - entry.start)
    if (isTransfer(task.kind)) transfers.push({ start: entry.start, end: entry.available })
    else computing.push(entry)
  }
  const communicationSeconds = covered(transfers)
  // |A \ B| = |A u B| - |B|
  const exposed = Math.max(0, covered([...transfers, ...computing]) - covered(computing))
  return {
    makespanSeconds,
    lanes: [...busy].map(([lane, busySeconds]) => {
      const bubbleSeconds = Math.max(0, makespanSeconds - busySeconds)
      return { lane, busySeconds, bubbleSeconds, bubbleShare: makespanSeconds > 0 ? bubbleSeconds / makespanSeconds : 0 }
    }),
    communicationSeconds,
    exposedCommunicationSeconds: exposed,
    overlapRatio: communicationSeconds > 0 ? 1 - exposed / communicationSeconds : null,
    chainSeconds: longestChain(byId, entries),
    criticalPath: criticalPath(byId, entries),
  }
}

/** Returns the length of the union of intervals. */
function covered(intervals: readonly Interval[]): number {
  let total = 0
  let reach = -Infinity
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (end > reach) total += end - Math.max(start, reach)
    reach = Math.max(reach, end)
  }
  return total
}

function longestChain(byId: ReadonlyMap<string, Task>, entries: readonly ScheduledTask[]): number {
  const chains = new Map<string, number>()
  for (const { id, start, available } of entries) {
    const before = byId.get(id)!.after.reduce((longest, each) => Math.max(longest, chains.get(each)!), 0)
    chains.set(id, before + available - start)
  }
  return Math.max(0, ...chains.values())
}

/** Follows the schedule backwards from the last task, each time to what let the task start: a task it waited for, else the one that held its lane. */
function criticalPath(byId: ReadonlyMap<string, Task>, entries: readonly ScheduledTask[]): string[] {
  const placed = new Map(entries.map((entry) => [entry.id, entry]))
  const previousOnLane = new Map<string, ScheduledTask>()
  const lastOfLane = new Map<string, ScheduledTask>()
  for (const entry of entries) {
    const { lane } = byId.get(entry.id) as Task
    const before = lastOfLane.get(lane)
    if (before) previousOnLane.set(entry.id, before)
    lastOfLane.set(lane, entry)
  }
  const path: string[] = []
  let entry = entries.reduce<ScheduledTask | undefined>((last, next) => (last && last.available >= next.available ? last : next), undefined)
  while (entry) {
    const { id, start } = entry
    path.push(id)
    const awaited: ScheduledTask | undefined = byId
      .get(id)
      ?.after.map((before) => placed.get(before))
      .find((before) => before?.available === start)
    const held: ScheduledTask | undefined = previousOnLane.get(id)
    entry = awaited ?? (held?.end === start ? held : undefined)
  }
  return path.reverse()
}
