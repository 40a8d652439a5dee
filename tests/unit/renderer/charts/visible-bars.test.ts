import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hitTask } from '#renderer/charts/gantt/find-task.ts'
import { type Lane, scheduleModel } from '#renderer/charts/gantt/schedule-model.ts'
import type { TimeWindow } from '#renderer/charts/gantt/time-window.ts'
import { forEachVisibleBar, forEachVisibleGap } from '#renderer/charts/gantt/visible-bars.ts'
import { scheduleOf, task } from './schedules.ts'

interface Bar {
  readonly first: number
  readonly last: number
  readonly left: number
  readonly right: number
}

/** A lane whose tasks and gaps last as many milliseconds as told, in turns. */
function laneOf(milliseconds: readonly (readonly [gap: number, task: number])[]): Lane {
  let now = 0
  const tasks = milliseconds.map(([gap, length]) => {
    const start = now + gap / 1000
    now = start + length / 1000
    return task('a/compute', start, now)
  })
  return scheduleModel([scheduleOf(tasks)]).lanes[0]!
}

function barsOf(lane: Lane, window: TimeWindow, width: number): Bar[] {
  const bars: Bar[] = []
  forEachVisibleBar(lane, window, width, (first, last, left, right) => bars.push({ first, last, left, right }))
  return bars
}

function gapsOf(lane: Lane, window: TimeWindow, width: number, seconds: number, least: number): number[][] {
  const gaps: number[][] = []
  forEachVisibleGap(lane, window, width, seconds, least, (left, right) => gaps.push([left, right]))
  return gaps
}

const lanes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 80 })
  .map((milliseconds) => laneOf(milliseconds))
const windows = fc
  .tuple(fc.integer({ min: -100, max: 3000 }), fc.integer({ min: 1, max: 4000 }))
  .map(([from, span]) => ({ fromSeconds: from / 1000, toSeconds: (from + span) / 1000 }))

test('every task within the window is in exactly one bar, and no bar tells of a task outside it', () => {
  fc.assert(
    fc.property(lanes, windows, fc.integer({ min: 10, max: 2000 }), (lane, window, width) => {
      const drawn = barsOf(lane, window, width).flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
      const within = lane.tasks.flatMap((_, i) => (lane.ends[i]! > window.fromSeconds && lane.starts[i]! < window.toSeconds ? [i] : []))
      expect(drawn).toStrictEqual(within)
    }),
  )
})

test('there are never more bars than pixels, give or take those at the edges', () => {
  fc.assert(
    fc.property(lanes, windows, fc.integer({ min: 1, max: 300 }), (lane, window, width) => {
      expect(barsOf(lane, window, width).length).toBeLessThanOrEqual(width + 2)
    }),
  )
})

test('a task that is wide enough stands alone at its own place; only narrow ones share a bar', () => {
  fc.assert(
    fc.property(lanes, windows, fc.integer({ min: 10, max: 2000 }), (lane, window, width) => {
      const scale = width / (window.toSeconds - window.fromSeconds)
      for (const { first, last, left, right } of barsOf(lane, window, width)) {
        expect(left).toBeCloseTo((lane.starts[first]! - window.fromSeconds) * scale, 6)
        const wide = (lane.ends[first]! - lane.starts[first]!) * scale >= 1
        if (wide) expect(right).toBeCloseTo((lane.ends[first]! - window.fromSeconds) * scale, 6)
        if (wide) expect(last).toBe(first)
      }
    }),
  )
})

test('ten thousand tasks on a hundred pixels are drawn as at most a hundred bars', () => {
  const lane = laneOf(Array.from({ length: 10_000 }, () => [0.5, 0.5] as const))
  expect(barsOf(lane, { fromSeconds: 0, toSeconds: 10 }, 100).length).toBeLessThanOrEqual(101)
})

test('gaps are the idle time from the beginning to the end, cut to the window, and small ones are left out', () => {
  const lane = laneOf([
    [100, 100],
    [2, 98],
    [200, 100],
  ])
  expect(gapsOf(lane, { fromSeconds: 0, toSeconds: 1 }, 1000, 0.8, 5)).toStrictEqual([
    [0, 100],
    [expect.closeTo(300, 6), expect.closeTo(500, 6)],
    [expect.closeTo(600, 6), expect.closeTo(800, 6)],
  ])
  expect(gapsOf(lane, { fromSeconds: 0.35, toSeconds: 0.45 }, 100, 0.8, 5)).toStrictEqual([[0, expect.closeTo(100, 6)]])
})

test('gaps and bars together cover the whole schedule', () => {
  fc.assert(
    fc.property(lanes, (lane) => {
      const seconds = lane.reaches.at(-1)!
      const gaps = gapsOf(lane, { fromSeconds: 0, toSeconds: seconds }, 1000, seconds, 0)
      const idle = gaps.reduce((sum, [left, right]) => sum + right! - left!, 0)
      expect((idle / 1000) * seconds + lane.busySeconds).toBeCloseTo(seconds, 6)
    }),
  )
})

test('a pointer hits the task that runs at its moment, else the nearest within reach, as looking at all of them would find', () => {
  fc.assert(
    fc.property(lanes, fc.integer({ min: -50, max: 6000 }), fc.integer({ min: 0, max: 30 }), (lane, at, reach) => {
      const seconds = at / 1000
      const distances = lane.tasks.map((_, i) => Math.max(lane.starts[i]! - seconds, seconds - lane.ends[i]!, 0))
      const hit = hitTask(lane, seconds, reach / 1000)
      const nearest = Math.min(...distances)
      if (nearest < reach / 1000 - 1e-9) expect(distances[hit!.index]).toBeCloseTo(nearest, 9)
      if (nearest > reach / 1000 + 1e-9) expect(hit).toBeNull()
    }),
  )
})

test('a hit tells how many tasks are too close to choose from', () => {
  const lane = laneOf([
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 500],
  ])
  expect(hitTask(lane, 0.0015, 0.05)).toStrictEqual({ index: 1, crowd: 3 })
  expect(hitTask(lane, 0.4, 0.001)).toStrictEqual({ index: 3, crowd: 1 })
})
