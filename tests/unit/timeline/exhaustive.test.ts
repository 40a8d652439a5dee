/** Oracle: every order in which the lanes could work through a tiny graph, tried one by one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layerwise } from '#main/timeline/policies/layerwise.ts'
import { overlapped } from '#main/timeline/policies/overlapped.ts'
import { simulate } from '#main/timeline/simulate.ts'
import type { Task } from '#main/timeline/task.ts'
import { roundWork, taskGraph } from './arbitrary-graph.ts'

const latency = (task: Task): number => (task.latencySeconds as number | undefined) ?? 0

/** The makespans of all orders: tasks one after the other, each as early as its lane and what it waits for allow. */
function makespans(tasks: readonly Task[]): { least: number; most: number } {
  let [least, most] = [Infinity, 0]
  const place = (left: readonly Task[], available: ReadonlyMap<string, number>, free: ReadonlyMap<string, number>): void => {
    if (left.length === 0) {
      const end = Math.max(...available.values())
      least = Math.min(least, end)
      most = Math.max(most, end)
      return
    }
    for (const task of left) {
      if (!task.after.every((id) => available.has(id))) continue
      const start = Math.max(free.get(task.lane) ?? 0, ...task.after.map((id) => available.get(id)!))
      const end = start + (task.seconds as number)
      place(
        left.filter((other) => other !== task),
        new Map([...available, [task.id, end + latency(task)]]),
        new Map([...free, [task.lane, end]]),
      )
    }
  }
  place(tasks, new Map(), new Map())
  return { least, most }
}

describe('against every order of a tiny graph', () => {
  test('the simulation is one of them: never better than the best, nor worse than the worst, nor longer than lanes times the best', () => {
    fc.assert(
      fc.property(taskGraph(6), (tasks) => {
        const { makespanSeconds } = simulate(tasks)
        const { least, most } = makespans(tasks)
        expect(makespanSeconds).toBeGreaterThanOrEqual(least - 1e-9)
        expect(makespanSeconds).toBeLessThanOrEqual(most + 1e-9)
        // A lane is never idle with a task ready: lanes times the best, as for any list schedule of dedicated lanes (Graham 1966).
        const lanes = new Set(tasks.map(({ lane }) => lane)).size
        const latencies = tasks.reduce((sum, task) => sum + latency(task), 0)
        expect(makespanSeconds).toBeLessThanOrEqual(lanes * least + latencies + 1e-9)
      }),
      { numRuns: 150 },
    )
  })

  test('on one lane without latency any order is the best', () => {
    fc.assert(
      fc.property(taskGraph(6), (tasks) => {
        const single = tasks.map((task) => ({ ...task, lane: 'a', latencySeconds: 0 }))
        expect(simulate(single).makespanSeconds).toBeCloseTo(makespans(single).least, 9)
      }),
      { numRuns: 60 },
    )
  })
})

/** A round's tasks with costs that don't change over time, as numbers. */
function steady(tasks: readonly Task[]): Task[] {
  const at = (cost: Task['seconds'] | undefined): number => (typeof cost === 'function' ? cost(0) : (cost ?? 0))
  return tasks.map((task) => ({ ...task, seconds: at(task.seconds), latencySeconds: at(task.latencySeconds) }))
}

test.each([
  ['layerwise', layerwise],
  ['overlapped', overlapped],
] as const)('%s orders a small round so that no other order of the same tasks is shorter', (_, policy) => {
  const small = roundWork.filter(({ messageBytes, phones }) => messageBytes.length === 1 && phones.length === 1)
  fc.assert(
    fc.property(small, (work) => {
      const tasks = steady(policy(work))
      fc.pre(tasks.length <= 9)
      expect(simulate(tasks).makespanSeconds).toBeCloseTo(makespans(tasks).least, 6)
    }),
    { numRuns: 40 },
  )
})
