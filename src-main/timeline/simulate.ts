/**
 * Deterministic discrete-event simulation of a task graph. A task starts as soon as all tasks it waits for are available, its lane is free
 * and no other ready task of the lane goes first; nothing is preempted and no lane idles while it has a ready task.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import { MOST_SECONDS } from '#shared/units/virtual-time-bounds.ts'
import { VirtualClock } from './clock.ts'
import { OrderedQueue } from './ordered-queue.ts'
import type { Schedule, ScheduledTask, Task } from './task.ts'

interface Lane {
  free: boolean
  readonly ready: OrderedQueue<number>
}

type Event = { readonly kind: 'lane free'; readonly lane: Lane } | { readonly kind: 'available'; readonly task: number }

/**
 * Throws, naming the task, if a cost is missing, negative or not finite, if an id is not unique or unknown, and if tasks wait for
 * each other in a circle.
 */
export function simulate(tasks: readonly Task[], startSeconds = 0): Schedule {
  const { waiting, followers } = dependencies(tasks)
  const clock = new VirtualClock<Event>(startSeconds)
  const lanes = new Map<string, Lane>()
  const laneOf = tasks.map((task) => {
    const lane = lanes.get(task.lane) ?? { free: true, ready: new OrderedQueue<number>() }
    lanes.set(task.lane, lane)
    return lane
  })
  const entries: ScheduledTask[] = []
  let touched = new Set<Lane>()

  const makeReady = (index: number): void => {
    const lane = laneOf[index] as Lane
    lane.ready.put(tasks[index]?.priority ?? 0, index, index)
    touched.add(lane)
  }
  const startNext = (lane: Lane): void => {
    if (!lane.free || lane.ready.size === 0) return
    const index = lane.ready.take() as number
    const task = tasks[index] as Task
    const end = clock.now + cost(task, at(task.seconds, clock.now))
    const available = end + cost(task, at(task.latencySeconds ?? 0, end))
    entries.push({ id: task.id, start: clock.now, end, available })
    lane.free = false
    if (available > MOST_SECONDS) {
      const seconds = (available - clock.now).toPrecision(3)
      throw new RunFailed(
        `task ${task.id} on ${task.lane} would take ${seconds} s and end after 30 years of virtual time; give it a faster device or link`,
      )
    }
    clock.plan(end, { kind: 'lane free', lane })
    clock.plan(available, { kind: 'available', task: index })
  }

  waiting.forEach((count, index) => count === 0 && makeReady(index))
  for (;;) {
    // Tasks that end at one moment all end before a new one starts, so that priority decides and not the order of events.
    for (const lane of touched) startNext(lane)
    touched = new Set()
    const events = clock.advance()
    if (events.length === 0) break
    for (const event of events) {
      if (event.kind === 'lane free') {
        event.lane.free = true
        touched.add(event.lane)
      } else {
        for (const follower of followers[event.task] as number[]) if (--waiting[follower]! === 0) makeReady(follower)
      }
    }
  }
  if (entries.length < tasks.length) throw new Error(`tasks wait for each other in a circle: ${circle(tasks, waiting).join(' -> ')}`)
  return { startSeconds, endSeconds: clock.now, entries, makespanSeconds: clock.now - startSeconds }
}

function dependencies(tasks: readonly Task[]): { waiting: number[]; followers: number[][] } {
  const indices = new Map<string, number>()
  for (const [index, task] of tasks.entries()) {
    if (indices.has(task.id)) throw new Error(`two tasks have the id ${task.id}`)
    indices.set(task.id, index)
    if (typeof task.seconds !== 'function') cost(task, task.seconds)
  }
  const followers = tasks.map((): number[] => [])
  const waiting = tasks.map((task, index) => {
    for (const id of task.after) {
      const before = indices.get(id)
      if (before === undefined) throw new Error(`task ${task.id} waits for ${id}, which does not exist`)
      followers[before]?.push(index)
    }
    return task.after.length
  })
  return { waiting, followers }
}

/** Returns the cost of a task. A missing calibration shows up here as NaN or undefined and must stop the run, so that nothing silently takes 0 s. */
function cost(task: Task, seconds: number | undefined): number {
  if (typeof seconds === 'number' && seconds >= 0 && Number.isFinite(seconds)) return seconds
  if (seconds === Infinity) throw new RunFailed(`task ${task.id} on ${task.lane} would take Infinity s; give it a faster device or link`)
  throw new RangeError(
    `task ${task.id} on ${task.lane} would take ${seconds} s; expected a finite time of 0 or more (is a calibration missing?)`,
  )
}

function at(seconds: number | ((moment: number) => number), moment: number): number {
  return typeof seconds === 'function' ? seconds(moment) : seconds
}

function circle(tasks: readonly Task[], waiting: readonly number[]): string[] {
  const stuck = new Map(tasks.filter((_, index) => (waiting[index] as number) > 0).map((task) => [task.id, task]))
  const path: string[] = []
  let id = stuck.keys().next().value as string
  while (!path.includes(id)) {
    path.push(id)
    id = stuck.get(id)?.after.find((before) => stuck.has(before)) as string
  }
  return [...path.slice(path.indexOf(id)), id].reverse()
}
