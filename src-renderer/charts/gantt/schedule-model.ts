/** A schedule made ready for drawing: lanes grouped by device, their tasks in order of time, counted from the schedule's start. */
import type { ScheduleMetrics, TaskSpan } from '#shared/events/round-schedule.ts'
import { computes, groupRank, type LaneName, laneName, laneRank } from './lane-names.ts'
import { kindIndex } from './task-kinds.ts'

/** The part of a round's schedule that is drawn. */
export interface RoundSchedule {
  readonly round: number
  readonly startSeconds: number
  readonly endSeconds: number
  readonly tasks: readonly TaskSpan[]
  readonly metrics?: ScheduleMetrics
}

/** A lane that runs one task at a time: index i is the i-th task to start. Seconds count from the schedule's start. */
export interface Lane extends LaneName {
  readonly tasks: readonly TaskSpan[]
  /** The round of each task. */
  readonly rounds: Uint32Array
  readonly starts: Float64Array
  readonly ends: Float64Array
  /** The moments at which dependent tasks may go on: the task's end, or later where a message is under way. */
  readonly availables: Float64Array
  /** The latest end of tasks 0 … i. */
  readonly reaches: Float64Array
  readonly kinds: Int8Array
  readonly busySeconds: number
  /** True if the lane computes, so that its idle time is a bubble. */
  readonly computes: boolean
}

export interface ScheduleModel {
  readonly rounds: readonly { readonly round: number; readonly fromSeconds: number; readonly toSeconds: number }[]
  /** The virtual time at which the schedule begins. */
  readonly startSeconds: number
  readonly seconds: number
  /** The lanes in the order in which they are drawn. */
  readonly lanes: readonly Lane[]
  readonly taskCount: number
  /** The metrics that the lab computed, one for each round that has them. */
  readonly metrics: readonly ScheduleMetrics[]
  /** Places of the tasks of the critical path, in order of time; empty where the schedule doesn't tell it. */
  readonly critical: readonly TaskPlace[]
}

/** `lane` and `index` address a task within a model. */
export interface TaskPlace {
  readonly lane: number
  readonly index: number
}

/** @param schedules consecutive rounds, earliest first; one or more */
export function scheduleModel(schedules: readonly RoundSchedule[]): ScheduleModel {
  const startSeconds = schedules[0]?.startSeconds ?? 0
  const byLane = new Map<string, { task: TaskSpan; round: number }[]>()
  let end = 0
  for (const { round, tasks, endSeconds } of schedules) {
    end = Math.max(end, endSeconds - startSeconds)
    for (const task of tasks) {
      const entries = byLane.get(task.lane)
      if (entries) entries.push({ task, round })
      else byLane.set(task.lane, [{ task, round }])
    }
  }
  const lanes = inDrawingOrder([...byLane.keys()]).map((name) => lane(name, byLane.get(name)!, startSeconds))
  return {
    rounds: schedules.map((s) => ({ round: s.round, fromSeconds: s.startSeconds - startSeconds, toSeconds: s.endSeconds - startSeconds })),
    startSeconds,
    seconds: lanes.reduce((latest, { reaches }) => Math.max(latest, reaches.at(-1) ?? 0), end),
    lanes,
    taskCount: lanes.reduce((sum, { tasks }) => sum + tasks.length, 0),
    metrics: schedules.flatMap(({ metrics }) => (metrics ? [metrics] : [])),
    critical: criticalPlaces(lanes),
  }
}

export function taskAt(model: ScheduleModel, { lane: at, index }: TaskPlace): TaskSpan {
  return model.lanes[at]!.tasks[index]!
}

export function placeOf(model: ScheduleModel, round: number, id: string): TaskPlace | null {
  for (const [at, { tasks, rounds }] of model.lanes.entries()) {
    const index = tasks.findIndex((task, i) => task.id === id && rounds[i] === round)
    if (index >= 0) return { lane: at, index }
  }
  return null
}

/** Groups keep the order in which they first appear, within cloud, cells and phones. */
function inDrawingOrder(names: readonly string[]): string[] {
  const firsts = new Map<string, number>()
  for (const [at, name] of names.entries()) {
    const { group } = laneName(name)
    if (!firsts.has(group)) firsts.set(group, at)
  }
  const place = (name: string): [number, number, number] => {
    const parts = laneName(name)
    return [groupRank(parts.group), firsts.get(parts.group)!, laneRank(parts)]
  }
  return names.toSorted((a, b) => {
    const left = place(a)
    const right = place(b)
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
  })
}

function lane(name: string, unordered: readonly { task: TaskSpan; round: number }[], startSeconds: number): Lane {
  const entries = unordered.toSorted((a, b) => a.task.startSeconds - b.task.startSeconds || a.task.endSeconds - b.task.endSeconds)
  const starts = Float64Array.from(entries, ({ task }) => task.startSeconds - startSeconds)
  const ends = Float64Array.from(entries, ({ task }) => task.endSeconds - startSeconds)
  const availables = Float64Array.from(entries, ({ task }) => (task.availableSeconds ?? task.endSeconds) - startSeconds)
  const reaches = Float64Array.from(ends)
  for (let i = 1; i < reaches.length; i++) reaches[i] = Math.max(reaches[i]!, reaches[i - 1]!)
  const parts = laneName(name)
  return {
    ...parts,
    tasks: entries.map(({ task }) => task),
    rounds: Uint32Array.from(entries, ({ round }) => round),
    starts,
    ends,
    availables,
    reaches,
    kinds: Int8Array.from(entries, ({ task }) => kindIndex(task.kind)),
    busySeconds: ends.reduce((sum, end, i) => sum + end - starts[i]!, 0),
    computes: computes(parts.lane),
  }
}

function criticalPlaces(lanes: readonly Lane[]): TaskPlace[] {
  const places = lanes.flatMap(({ tasks }, at) => tasks.flatMap((task, index) => (task.critical === true ? [{ lane: at, index }] : [])))
  return places.sort((a, b) => lanes[a.lane]!.starts[a.index]! - lanes[b.lane]!.starts[b.index]! || endOf(lanes, a) - endOf(lanes, b))
}

function endOf(lanes: readonly Lane[], { lane: at, index }: TaskPlace): number {
  return lanes[at]!.ends[index]!
}
