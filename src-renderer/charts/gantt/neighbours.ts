/** The task a key leads to from the selected one. */
import { nearestTo } from './nearest.ts'
import type { ScheduleModel, TaskPlace } from './schedule-model.ts'

export type Direction = 'earlier' | 'later' | 'lane-above' | 'lane-below'

/** Null at the edge. Above and below: the task nearest in time to the middle of the one left, in the next lane that has tasks. */
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

/** The task nearest to a moment in the lane nearest to `lane`; null in an empty schedule. */
export function nearestTask({ lanes }: ScheduleModel, lane: number, seconds: number): TaskPlace | null {
  const byDistance = lanes.map((_, at) => at).sort((a, b) => Math.abs(a - lane) - Math.abs(b - lane) || a - b)
  for (const at of byDistance) {
    const index = nearestTo(lanes[at]!, seconds)
    if (index >= 0) return { lane: at, index }
  }
  return null
}
