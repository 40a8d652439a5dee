/** Finds tasks of a schedule: the one under the pointer, the one nearest to a moment, and the one that a key leads to. */
import type { ScheduleModel, TaskPlace, Lane } from './schedule-model.ts'
import { lowerBound, firstSeen } from './visible-bars.ts'

export type Direction = 'earlier' | 'later' | 'lane-above' | 'lane-below'

/** Returns the task next to the selected one, null at the edge. Above and below it is the task nearest in time to the middle of the selected one, in the next lane that has tasks. */
export function neighbour({ lanes }: ScheduleModel, { lane, index }: TaskPlace, direction: Direction): TaskPlace | null {
  if (direction === 'earlier') return index > 0 ? { lane, index: index - 1 } : null
  if (direction === 'later') return index + 1 < lanes[lane]!.tasks.length ? { lane, index: index + 1 } : null
  const step = direction === 'lane-above' ? -1 : 1
  const middle = (lanes[lane]!.starts[index]! + lanes[lane]!.ends[index]!) / 2
  for (let at = lane + step; at >= 0 && at < lanes.length; at += step) {
    const nearest = nearestTo(lanes[at]!, middle)
    if (nearest >= 0) return { lane: at, index: nearest }
  }
  return null
}

/** Returns the task nearest to a moment in the lane nearest to `lane`; null in an empty schedule. */
export function nearestTask({ lanes }: ScheduleModel, lane: number, seconds: number): TaskPlace | null {
  const byDistance = lanes.map((_, at) => at).sort((a, b) => Math.abs(a - lane) - Math.abs(b - lane) || a - b)
  for (const at of byDistance) {
    const index = nearestTo(lanes[at]!, seconds)
    if (index >= 0) return { lane: at, index }
  }
  return null
}

/** Returns the index of the task that runs at `seconds` or starts or ends nearest to it; -1 in an empty lane. */
function nearestTo({ starts, ends }: Lane, seconds: number): number {
  const after = lowerBound(starts, seconds, 0, starts.length)
  const before = after - 1
  if (before < 0) return after < starts.length ? after : -1
  if (after >= starts.length) return before
  return starts[after]! - seconds < seconds - ends[before]! ? after : before
}

interface Hit {
  readonly index: number
  /** The number of tasks so near that a pointer can't choose among them, the hit one included. */
  readonly crowd: number
}

/**
 * Finds the task that runs at `seconds`, else the nearest one within `toleranceSeconds`, the earlier of two equally near ones; null if there is none.
 */
export function hitTask({ starts, ends, reaches }: Lane, seconds: number, toleranceSeconds: number): Hit | null {
  const from = firstSeen({ reaches }, seconds - toleranceSeconds)
  const beyond = lowerBound(starts, seconds + toleranceSeconds, from, starts.length)
  let best = -1
  let distance = Infinity
  let crowd = 0
  for (let i = from; i < beyond; i++) {
    if (ends[i]! < seconds - toleranceSeconds) continue
    if (ends[i]! - starts[i]! < 2 * toleranceSeconds) crowd++
    const away = Math.max(starts[i]! - seconds, seconds - ends[i]!, 0)
    if (away < distance) {
      best = i
      distance = away
    }
  }
  return best < 0 ? null : { index: best, crowd: Math.max(crowd, 1) }
}
