/** The task of a lane nearest to a moment. */
import type { Lane } from './schedule-model.ts'
import { lowerBound } from './visible-bars.ts'

/** Index of the task that runs at `seconds` or starts or ends nearest to it; -1 in an empty lane. */
export function nearestTo({ starts, ends }: Lane, seconds: number): number {
  const after = lowerBound(starts, seconds, 0, starts.length)
  const before = after - 1
  if (before < 0) return after < starts.length ? after : -1
  if (after >= starts.length) return before
  return starts[after]! - seconds < seconds - ends[before]! ? after : before
}
