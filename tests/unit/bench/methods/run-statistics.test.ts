import { describe, expect, test } from 'vitest'
import { accuracyAt, curveOf, meanOfLast, pointsOf, reachOf, reachRange } from '#main/bench/methods/run-statistics.ts'
import { madeRecord } from './records.ts'

const points = pointsOf(madeRecord('cooper', { accuracies: [0.2, 0.5, 0.4, 0.7], passes: 20, bytes: 1000, seconds: 3 }))
const reached = (cost: number) => ({ reached: true, cost })
const missed = (cost: number) => ({ reached: false, cost })

describe('a run', () => {
  test('is measured per phone: passes and both ways of bytes over the phones', () => {
    expect(points[2]).toEqual({ rounds: 2, passes: 40, bytes: 2000, seconds: 6, accuracy: 0.4, loss: 0.6 })
  })

  test('ends with the last measurement within the budget, not with the best or a later one', () => {
    expect(accuracyAt(points, 60)).toBe(0.7)
    expect(accuracyAt(points, 59)).toBe(0.4)
    expect(accuracyAt(points, 0)).toBe(0.2)
  })

  test('reaches a target at its first measurement of at least that', () => {
    expect(reachOf(points, 0.5, 'passes')).toEqual(reached(20))
    expect(reachOf(points, 0.5, 'seconds')).toEqual(reached(3))
    expect(reachOf(points, 0.51, 'bytes')).toEqual(reached(3000))
    expect(reachOf(points, 0.2, 'passes')).toEqual(reached(0))
    expect(reachOf(points, 0.71, 'passes')).toEqual(missed(60))
  })
})

describe('runs of several seeds', () => {
  test.each([
    [[reached(3), reached(1), reached(9)], reached(3)],
    [[reached(3), reached(1)], reached(2)],
    [[missed(400), reached(1), reached(9)], reached(9)],
    [[missed(400), reached(1), missed(410)], missed(400)],
    [[missed(400), reached(10)], missed(400)],
    [[missed(400)], missed(400)],
    // A run that ended early without reaching it is no better than a long one that did.
    [[missed(5), reached(300), reached(200)], reached(300)],
  ])('have a median cost that is a bound where too few reached it: %j', (reaches, median) => {
    const range = reachRange(reaches)
    expect(range.median).toEqual(median)
    expect([range.reached, range.runs]).toEqual([reaches.filter((reach) => reach.reached).length, reaches.length])
  })

  test('have a range from the cheapest that reached it to the one that did not', () => {
    const { least, most } = reachRange([missed(400), reached(80), reached(60)])
    expect([least, most]).toEqual([reached(60), missed(400)])
  })

  test('make a curve of the evaluations that all have', () => {
    const runs = [
      [0.1, 0.2, 0.9],
      [0.3, 0.6],
      [0.2, 0.1, 0.5],
    ].map((accuracies, i) => pointsOf(madeRecord('cooper', { accuracies, seconds: [1, 5, 2][i]! })))
    const curve = curveOf(runs)
    expect(curve.map(({ median, least, most }) => [least, median, most])).toEqual([
      [0.1, 0.2, 0.3],
      [0.1, 0.2, 0.6],
    ])
    expect(curve[1]!.at).toEqual({ rounds: 1, passes: 20, bytes: 1000, seconds: 2 })
  })
})

test('the loss of a trial is the mean of its last two measurements', () => {
  expect(meanOfLast([0.9, 0.2, 0.4])).toBeCloseTo(0.3, 12)
  expect(meanOfLast([0.2])).toBe(0.2)
})
