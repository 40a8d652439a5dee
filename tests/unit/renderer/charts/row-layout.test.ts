import { expect, test } from 'vitest'
import { nearestTask, neighbour } from '#renderer/charts/gantt/find-task.ts'
import { rowAt, rowBelow, rowHeightFor, rowLayout } from '#renderer/charts/gantt/row-layout.ts'
import { scheduleModel } from '#renderer/charts/gantt/schedule-model.ts'
import { scheduleOf, task } from './schedules.ts'

const model = scheduleModel([
  scheduleOf([
    task('cloud/compute', 0, 1),
    task('a/downlink', 1, 2),
    task('a/compute', 2, 3),
    task('a/compute', 3, 5),
    task('b/compute', 2, 2.5),
    task('b/compute', 4, 6),
  ]),
])

test('rows follow each other without touching another, with a gap between devices', () => {
  const { rows, height } = rowLayout([model], 20)
  for (const [i, { top }] of rows.entries()) expect(top).toBeGreaterThanOrEqual(i === 0 ? 0 : rows[i - 1]!.top + rows[i - 1]!.height)
  expect(rows.map(({ opensGroup }) => opensGroup)).toStrictEqual([1, 2, 0, 1])
  expect(height).toBeGreaterThanOrEqual(rows.at(-1)!.top + rows.at(-1)!.height)
})

test('a second policy stands below the first, each with a line that names it', () => {
  const one = rowLayout([model], 9)
  const two = rowLayout([model, model], 9)
  expect(one.panels.map(({ headerHeight }) => headerHeight)).toStrictEqual([0])
  expect(two.panels.every(({ headerHeight }) => headerHeight > 0)).toBe(true)
  expect(two.panels[1]!.top).toBeGreaterThanOrEqual(two.panels[0]!.top + two.panels[0]!.height)
  expect(two.rows.filter(({ panel }) => panel === 1)).toHaveLength(4)
})

test('rows are as high as there is room for, named if possible, and never lower than bars need', () => {
  const heightIn = (room: number): number => rowLayout([model], rowHeightFor([model], 'automatic', room)).height
  for (const room of [90, 100, 120]) expect(heightIn(room)).toBeLessThanOrEqual(room)
  expect(rowHeightFor([model], 'automatic', 1000)).toBe(26)
  expect(rowHeightFor([model], 'automatic', 10)).toBe(9)
  expect(rowHeightFor([model], 'roomy', 10)).toBe(20)
  expect(rowHeightFor([model], 'compact', 1000, 2)).toBe(18)
})

test('every pixel of a row leads to that row, and pixels between rows to none', () => {
  const layout = rowLayout([model, model], 20)
  for (let y = -5; y < layout.height + 5; y++) {
    const expected = layout.rows.findIndex(({ top, height }) => y >= top && y < top + height)
    expect(rowAt(layout, y)).toBe(expected)
  }
  expect(rowBelow(layout, layout.height + 1)).toBe(layout.rows.length)
})

test('keys lead to the task before and after in the lane and to the nearest in time above and below', () => {
  const from = { lane: 2, index: 1 }
  expect(neighbour(model, from, 'earlier')).toStrictEqual({ lane: 2, index: 0 })
  expect(neighbour(model, from, 'later')).toBeNull()
  expect(neighbour(model, from, 'lane-above')).toStrictEqual({ lane: 1, index: 0 })
  expect(neighbour(model, from, 'lane-below')).toStrictEqual({ lane: 3, index: 1 })
  expect(neighbour(model, { lane: 0, index: 0 }, 'lane-above')).toBeNull()
})

test('without a selection the task nearest to the middle of the screen is the first', () => {
  expect(nearestTask(model, 3, 2.1)).toStrictEqual({ lane: 3, index: 0 })
  expect(nearestTask(scheduleModel([scheduleOf([])]), 0, 1)).toBeNull()
})
