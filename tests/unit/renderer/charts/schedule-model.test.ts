import { expect, test } from 'vitest'
import { scheduleFigures } from '#renderer/charts/gantt/schedule-figures.ts'
import { placeOf, scheduleModel, taskAt } from '#renderer/charts/gantt/schedule-model.ts'
import { scheduleOf, task } from './schedules.ts'

test('the cloud stands on top, then cells, then phones as they first appear, each with its lanes as data flows', () => {
  const model = scheduleModel([
    scheduleOf([
      task('zoe/compute', 2, 3),
      task('amy/uplink', 3, 4),
      task('cell/tower/downlink', 1, 2),
      task('zoe/downlink', 1, 2),
      task('amy/compute', 2, 3),
      task('cloud/encode', 0.5, 1),
      task('cloud/compute', 0, 1),
    ]),
  ])
  expect(model.lanes.map(({ group, lane }) => `${group}:${lane}`)).toStrictEqual([
    'cloud:compute',
    'cloud:encode',
    'cell/tower:downlink',
    'zoe:downlink',
    'zoe:compute',
    'amy:compute',
    'amy:uplink',
  ])
})

test('times count from the beginning of the schedule and tasks stand in their order', () => {
  const model = scheduleModel([scheduleOf([task('a/compute', 12, 15), task('a/compute', 10, 11)], 10)])
  expect([...model.lanes[0]!.starts]).toStrictEqual([0, 2])
  expect([...model.lanes[0]!.ends]).toStrictEqual([1, 5])
  expect(model.lanes[0]!.busySeconds).toBe(4)
  expect(model.seconds).toBe(5)
})

test('several rounds follow each other on one axis and a task is found by its round', () => {
  const first = scheduleOf([task('a/compute', 10, 11, { id: 'x' })], 10, 4)
  const second = scheduleOf([task('a/compute', 11.5, 13, { id: 'x' })], 11, 5)
  const model = scheduleModel([first, second])
  expect(model.rounds).toStrictEqual([
    { round: 4, fromSeconds: 0, toSeconds: 1 },
    { round: 5, fromSeconds: 1, toSeconds: 3 },
  ])
  const place = placeOf(model, 5, 'x')!
  expect(taskAt(model, place).startSeconds).toBe(11.5)
  expect(placeOf(model, 6, 'x')).toBeNull()
})

test('the critical path runs through the lanes in order of time', () => {
  const critical = true
  const model = scheduleModel([
    scheduleOf([
      task('a/compute', 2, 3, { critical }),
      task('cloud/compute', 0, 1, { critical }),
      task('cloud/encode', 0, 1),
      task('a/downlink', 1, 2, { critical }),
    ]),
  ])
  expect(model.critical.map((place) => taskAt(model, place).lane)).toStrictEqual(['cloud/compute', 'a/downlink', 'a/compute'])
})

test('the figures: a message of 3 s of which computing covers 1 s is exposed for 2 s; a lane that computes 1 s of 4 s has 75 % bubbles', () => {
  const down = { kind: 'transfer-down', bytes: 300 }
  const figures = scheduleFigures(
    scheduleModel([scheduleOf([task('a/downlink', 0, 3, down), task('a/compute', 2, 4), task('b/compute', 0, 0)])]),
  )
  expect(figures).toStrictEqual({
    makespanSeconds: 4,
    overlapRatio: expect.closeTo(1 / 3, 12),
    exposedSeconds: 2,
    hiddenSeconds: 1,
    bubbleShare: 0.75,
    criticalPathSeconds: null,
    bytesDown: 300,
    bytesUp: 0,
  })
})

test('a message counts until it has arrived, and the lab’s own figures go before those computed here', () => {
  const up = task('a/uplink', 0, 1, { kind: 'transfer-up', availableSeconds: 1.5 })
  expect(scheduleFigures(scheduleModel([scheduleOf([up])])).exposedSeconds).toBe(1.5)
  const metrics = { exposedSeconds: 7, hiddenSeconds: 21, criticalPathSeconds: 2, bubbleShare: {} }
  const told = scheduleFigures(scheduleModel([{ ...scheduleOf([up]), metrics }]))
  expect(told).toMatchObject({ exposedSeconds: 7, overlapRatio: 0.75, criticalPathSeconds: 2 })
})

test('waiting for a deadline is neither computing nor communication', () => {
  const wait = task('cloud/deadline', 0, 5, { kind: 'wait' })
  const figures = scheduleFigures(scheduleModel([scheduleOf([wait, task('a/uplink', 0, 2, { kind: 'transfer-up' })])]))
  expect(figures.exposedSeconds).toBe(2)
})

test('an empty schedule has no lanes and no length', () => {
  const model = scheduleModel([scheduleOf([])])
  expect(model.lanes).toHaveLength(0)
  expect(scheduleFigures(model)).toMatchObject({ makespanSeconds: 0, overlapRatio: null, bubbleShare: 0 })
})
