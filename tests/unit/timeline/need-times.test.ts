import fc from 'fast-check'
import { expect, test } from 'vitest'
import { needTimes } from '#main/timeline/need-times.ts'
import { timelineMetrics } from '#main/timeline/timeline-metrics.ts'
import { simulate } from '#main/timeline/simulate.ts'
import { taskGraph } from './arbitrary-graph.ts'

test('a task that is through by when it is needed makes the round no longer, and one that is later does', () => {
  fc.assert(
    fc.property(taskGraph(9), fc.nat(8), fc.constantFrom(-0.5, 0.5), (tasks, pick, late) => {
      const schedule = simulate(tasks)
      const needs = needTimes(tasks, schedule)
      const { id, available } = schedule.entries[pick % tasks.length]!
      const delay = needs.get(id)! - available + late
      if (delay < 0) return
      // The order on each lane is kept, as the latest times assume: chains of the schedule that was.
      const previous = new Map<string, string>()
      const last = new Map<string, string>()
      for (const entry of schedule.entries) {
        const { lane } = tasks.find((task) => task.id === entry.id)!
        if (last.has(lane)) previous.set(entry.id, last.get(lane)!)
        last.set(lane, entry.id)
      }
      let end = 0
      const ends = new Map<string, { end: number; available: number }>()
      for (const entry of schedule.entries) {
        const task = tasks.find((each) => each.id === entry.id)!
        const ready = Math.max(0, ...task.after.map((before) => ends.get(before)!.available), ends.get(previous.get(entry.id)!)?.end ?? 0)
        const ended = ready + (entry.end - entry.start) + (entry.id === id ? delay : 0)
        const through = ended + (entry.available - entry.end)
        ends.set(entry.id, { end: ended, available: through })
        end = Math.max(end, through)
      }
      if (late < 0) expect(end).toBeLessThanOrEqual(schedule.endSeconds + 1e-9)
      else expect(end).toBeGreaterThan(schedule.endSeconds)
    }),
    { numRuns: 300 },
  )
})

test('nothing on the critical path has time to spare', () => {
  fc.assert(
    fc.property(taskGraph(), (tasks) => {
      const schedule = simulate(tasks)
      const needs = needTimes(tasks, schedule)
      const path = timelineMetrics(tasks, schedule).criticalPath
      path.forEach((id, index) => {
        const entry = schedule.entries.find((each) => each.id === id)!
        const next = schedule.entries.find((each) => each.id === path[index + 1])
        // Where the lane and not the message held up the next task, its latency is to spare.
        if (!next || next.start === entry.available) expect(needs.get(id)!).toBeCloseTo(entry.available, 9)
      })
    }),
  )
})
