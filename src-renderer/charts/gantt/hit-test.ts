/** Finds the task under the pointer. */
import type { Lane } from './schedule-model.ts'
import { firstSeen, lowerBound } from './visible-bars.ts'

export interface Hit {
  readonly index: number
  /** Tasks so near that a pointer can't choose among them, the hit one included. */
  readonly crowd: number
}

/**
 * The task that runs at `seconds`, else the nearest one within `toleranceSeconds`; null: none. Of two equally near ones the earlier.
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
