import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timelineMetrics } from '#main/timeline/timeline-metrics.ts'
import { simulate } from '#main/timeline/simulate.ts'
import type { Task } from '#main/timeline/task.ts'
import { taskGraph } from './arbitrary-graph.ts'

const graph: Task[] = [
  { id: 'g1', lane: 'cloud/compute', seconds: 2, after: [], kind: 'backward', device: 'cloud' },
  { id: 'g0', lane: 'cloud/compute', seconds: 2, after: ['g1'], kind: 'backward', device: 'cloud' },
  { id: 'd1', lane: 'phone/downlink', seconds: 3, latencySeconds: 1, after: ['g1'], kind: 'transfer-down', device: 'phone' },
  { id: 'd0', lane: 'phone/downlink', seconds: 3, latencySeconds: 1, after: ['g0'], kind: 'transfer-down', device: 'phone' },
  { id: 'p1', lane: 'phone/compute', seconds: 1, after: ['d1'], kind: 'probe', device: 'phone' },
  { id: 'p0', lane: 'phone/compute', seconds: 1, after: ['d0'], kind: 'probe', device: 'phone' },
]

describe('timeline metrics', () => {
  test('of a graph laid out by hand', () => {
    // g1 0-2, g0 2-4; d1 2-5 (arrives 6), d0 5-8 (arrives 9); p1 6-7, p0 9-10.
    const metrics = timelineMetrics(graph, simulate(graph))
    expect(metrics).toMatchObject({
      makespanSeconds: 10,
      communicationSeconds: 7,
      // 4-6 and 7-9
      exposedCommunicationSeconds: 4,
      // g1, g0, d0 with its latency, p0
      chainSeconds: 9,
      criticalPath: ['g1', 'd1', 'd0', 'p0'],
    })
    expect(metrics.overlapRatio).toBeCloseTo(3 / 7, 12)
    expect(metrics.lanes).toEqual([
      { lane: 'cloud/compute', busySeconds: 4, bubbleSeconds: 6, bubbleShare: 0.6 },
      { lane: 'phone/downlink', busySeconds: 6, bubbleSeconds: 4, bubbleShare: 0.4 },
      { lane: 'phone/compute', busySeconds: 2, bubbleSeconds: 8, bubbleShare: 0.8 },
    ])
  })

  test('count busy time and exposed communication as a second-by-second tally does', () => {
    const whole = taskGraph().map((tasks) =>
      tasks.map((each) => ({
        ...each,
        seconds: Math.round(each.seconds as number),
        latencySeconds: Math.round((each.latencySeconds as number | undefined) ?? 0),
      })),
    )
    fc.assert(
      fc.property(whole, (tasks) => {
        const schedule = simulate(tasks)
        const metrics = timelineMetrics(tasks, schedule)
        let communication = 0
        let exposed = 0
        for (let second = 0; second < schedule.makespanSeconds; second++) {
          const running = (transfers: boolean) =>
            schedule.entries.some(({ id, start, end, available }) => {
              const transfer = tasks.find((each) => each.id === id)!.kind.startsWith('transfer')
              return transfer === transfers && start <= second && (transfer ? available : end) > second
            })
          if (running(true)) communication++
          if (running(true) && !running(false)) exposed++
        }
        expect(metrics.communicationSeconds).toBe(communication)
        expect(metrics.exposedCommunicationSeconds).toBe(exposed)
        expect(metrics.overlapRatio).toBe(communication === 0 ? null : 1 - exposed / communication)
        for (const { lane, busySeconds, bubbleSeconds } of metrics.lanes) {
          expect(busySeconds).toBe(tasks.reduce((sum, each) => sum + (each.lane === lane ? each.seconds : 0), 0))
          expect(busySeconds + bubbleSeconds).toBe(schedule.makespanSeconds)
        }
      }),
    )
  })

  test('name a critical path that begins at the start, has no gaps and ends with the round', () => {
    fc.assert(
      fc.property(taskGraph(), (tasks) => {
        const schedule = simulate(tasks, 3)
        const path = timelineMetrics(tasks, schedule).criticalPath.map((id) => schedule.entries.find((entry) => entry.id === id)!)
        expect(path[0]?.start).toBe(3)
        expect(path.at(-1)?.available).toBe(schedule.endSeconds)
        path.slice(1).forEach((entry, index) => expect([path[index]!.end, path[index]!.available]).toContain(entry.start))
      }),
      { numRuns: 300 },
    )
  })

  test('of nothing are zero, without a ratio', () => {
    expect(timelineMetrics([], simulate([]))).toEqual({
      makespanSeconds: 0,
      lanes: [],
      communicationSeconds: 0,
      exposedCommunicationSeconds: 0,
      overlapRatio: null,
      chainSeconds: 0,
      criticalPath: [],
    })
  })
})
