/**
 * By when each task must be through, so that the round ends no later than it does: backwards from the end, through what waits for a task
 * and through what comes next on its lane (the latest times of the critical path method).
 */
import type { Schedule, Task } from './task.ts'

/**
 * By task id, the latest moment at which what waits for it may go on; equal to `available` on the critical path.
 * @param reordered lanes on which tasks may change places: there only what waits for a task counts, not what comes next. @default none
 */
export function needTimes(
  tasks: readonly Task[],
  { entries, endSeconds }: Schedule,
  reordered: (lane: string) => boolean = () => false,
): Map<string, number> {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const needs = new Map(entries.map(({ id }) => [id, endSeconds]))
  /** By lane, when it must be free for its next task; entries are in the order of their starts. */
  const laneNeeds = new Map<string, number>()
  for (const { id, start, end, available } of entries.toReversed()) {
    const { lane, after } = byId.get(id)!
    const need = Math.min(needs.get(id)!, (laneNeeds.get(lane) ?? Infinity) + (available - end))
    needs.set(id, need)
    const latestStart = need - (available - start)
    if (!reordered(lane)) laneNeeds.set(lane, latestStart)
    for (const before of after) needs.set(before, Math.min(needs.get(before)!, latestStart))
  }
  return needs
}
