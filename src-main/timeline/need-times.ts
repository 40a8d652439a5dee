/**
 * Computes the latest moment at which each task must be done for the round to end when it does: backwards from the end, through the tasks that wait
 * for it and the next task on its lane (the latest times of the critical path method).
 */
import type { Schedule, Task } from './task.ts'

/**
 * Returns by task id the latest moment at which dependent tasks may go on; it equals `available` on the critical path.
 * @param reordered lanes on which tasks may change places: there only the tasks that wait for a task count, not the next one on the lane. @default
 * none
 */
export function needTimes(
  tasks: readonly Task[],
  { entries, endSeconds }: Schedule,
  reordered: (lane: string) => boolean = () => false,
): Map<string, number> {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const needs = new Map(entries.map(({ id }) => [id, endSeconds]))
  /** The moment at which each lane must be free for its next task; entries are in the order of their starts. */
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
