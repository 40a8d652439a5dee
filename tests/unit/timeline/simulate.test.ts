import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { simulate } from '#main/timeline/simulate.ts'
import type { Task } from '#main/timeline/task.ts'
import { taskGraph } from './arbitrary-graph.ts'

const task = (id: string, seconds: Task['seconds'], after: string[] = [], more: Partial<Task> = {}): Task => ({
  id,
  lane: 'a',
  seconds,
  after,
  kind: 'probe',
  device: 'phone',
  ...more,
})
const taken = (of: Task): number => of.seconds as number
const latency = (of: Task): number => (of.latencySeconds as number | undefined) ?? 0

describe('the simulation', () => {
  test('never runs two tasks of a lane at once, nor one before what it waits for', () => {
    fc.assert(
      fc.property(taskGraph(), fc.double({ min: 0, max: 100, noNaN: true }), (tasks, start) => {
        const { entries } = simulate(tasks, start)
        const byId = new Map(entries.map((entry) => [entry.id, entry]))
        for (const lane of ['a', 'b', 'c']) {
          const own = tasks.filter((each) => each.lane === lane).map((each) => byId.get(each.id)!)
          own.sort((x, y) => x.start - y.start || x.end - y.end)
          own.forEach((entry, index) => index > 0 && expect(entry.start).toBeGreaterThanOrEqual(own[index - 1]!.end))
        }
        for (const { id, after } of tasks) {
          expect(byId.get(id)!.start).toBeGreaterThanOrEqual(start)
          for (const before of after) expect(byId.get(id)!.start).toBeGreaterThanOrEqual(byId.get(before)!.available)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('runs every task once for its whole cost, within the longest chain and the sum of all', () => {
    fc.assert(
      fc.property(taskGraph(), (tasks) => {
        const { entries, makespanSeconds } = simulate(tasks)
        expect(entries.map((entry) => entry.id).sort()).toEqual(tasks.map((each) => each.id).sort())
        const byId = new Map(tasks.map((each) => [each.id, each]))
        for (const { id, start, end, available } of entries) {
          expect(end - start).toBeCloseTo(taken(byId.get(id)!), 9)
          expect(available - end).toBeCloseTo(latency(byId.get(id)!), 9)
        }
        const chain = (id: string): number => {
          const own = byId.get(id)!
          return taken(own) + latency(own) + Math.max(0, ...own.after.map(chain))
        }
        expect(makespanSeconds).toBeGreaterThanOrEqual(Math.max(...tasks.map((each) => chain(each.id))) - 1e-9)
        expect(makespanSeconds).toBeLessThanOrEqual(tasks.reduce((sum, each) => sum + taken(each) + latency(each), 0) + 1e-9)
      }),
    )
  })

  test('agrees with a second-by-second simulation of whole seconds', () => {
    const whole = taskGraph(9).map((tasks) =>
      tasks.map((each) => ({ ...each, seconds: 1 + (Math.floor(taken(each)) % 4), latencySeconds: Math.floor(latency(each)) % 3 })),
    )
    fc.assert(
      fc.property(whole, (tasks) => {
        const { entries, makespanSeconds } = simulate(tasks)
        const expected = secondBySecond(tasks)
        expect(Object.fromEntries(entries.map(({ id, start }) => [id, start]))).toEqual(Object.fromEntries(expected))
        expect(makespanSeconds).toBe(Math.max(...tasks.map((each) => expected.get(each.id)! + taken(each) + latency(each))))
      }),
      { numRuns: 300 },
    )
  })

  test('gives the same schedule for the same graph, and the same shifted by another start', () => {
    fc.assert(
      fc.property(taskGraph(), (tasks) => {
        const first = simulate(tasks)
        expect(simulate(structuredClone(tasks))).toEqual(first)
        const whole = tasks.map((each) => ({ ...each, seconds: Math.round(taken(each)), latencySeconds: Math.round(latency(each)) }))
        const [now, later] = [simulate(whole), simulate(whole, 64)]
        expect(later.entries.map(({ id, start }) => [id, start - 64])).toEqual(now.entries.map(({ id, start }) => [id, start]))
        expect(later).toMatchObject({ makespanSeconds: now.makespanSeconds, endSeconds: now.endSeconds + 64 })
      }),
    )
  })

  test('prefers priority, then insertion, among tasks that become ready at the same moment', () => {
    const tasks = [
      task('first', 2),
      task('elsewhere', 2, [], { lane: 'b' }),
      task('late and plain', 1, ['first']),
      task('late and urgent', 1, ['elsewhere'], { priority: -1 }),
      task('later and plain', 1, ['elsewhere']),
    ]
    expect(simulate(tasks).entries.map((entry) => entry.id)).toEqual([
      'first',
      'elsewhere',
      'late and urgent',
      'late and plain',
      'later and plain',
    ])
  })

  test('frees the lane before the latency of a message is over', () => {
    const { entries } = simulate([task('m1', 1, [], { latencySeconds: 5 }), task('m2', 1), task('probe', 1, ['m1'], { lane: 'b' })])
    expect(entries).toEqual([
      { id: 'm1', start: 0, end: 1, available: 6 },
      { id: 'm2', start: 1, end: 2, available: 2 },
      { id: 'probe', start: 6, end: 7, available: 7 },
    ])
  })

  test('asks a cost that changes over time for its value at the start of the task', () => {
    const { entries } = simulate([task('x', 3), task('y', (start) => start * 10)], 1)
    expect(entries[1]).toEqual({ id: 'y', start: 4, end: 44, available: 44 })
  })

  test.each([
    [[task('x', NaN)], 'task x on a would take NaN s'],
    [[task('x', -1)], 'task x on a would take -1 s'],
    [[task('x', Infinity)], 'task x on a would take Infinity s'],
    [[task('x', undefined as unknown as number)], 'task x on a would take undefined s'],
    [[task('x', () => NaN)], 'task x on a would take NaN s'],
    [[task('x', 1, [], { latencySeconds: NaN })], 'task x on a would take NaN s'],
    [[task('x', 1), task('x', 1)], 'two tasks have the id x'],
    [[task('x', 1, ['y'])], 'task x waits for y, which does not exist'],
    [[task('s', 1), task('x', 1, ['s', 'y']), task('y', 1, ['z']), task('z', 1, ['x'])], 'in a circle: x -> z -> y -> x'],
  ])('stops with the task named: %#', (tasks, message) => {
    expect(() => simulate(tasks)).toThrow(message)
  })
})

/** Oracle: steps through whole seconds and asks of every task, each second, whether it may start. */
function secondBySecond(tasks: readonly Task[]): Map<string, number> {
  const starts = new Map<string, number>()
  const ended = (id: string, now: number, tail: boolean): boolean => {
    const own = tasks.find((each) => each.id === id)!
    return starts.has(id) && starts.get(id)! + taken(own) + (tail ? latency(own) : 0) <= now
  }
  for (let now = 0; starts.size < tasks.length; now++) {
    for (const lane of ['a', 'b', 'c']) {
      const own = tasks.filter((each) => each.lane === lane)
      if (own.some((each) => starts.has(each.id) && !ended(each.id, now, false))) continue
      const ready = own.filter((each) => !starts.has(each.id) && each.after.every((id) => ended(id, now, true)))
      const next = ready.toSorted((x, y) => (x.priority ?? 0) - (y.priority ?? 0))[0]
      if (next) starts.set(next.id, now)
    }
  }
  return starts
}
