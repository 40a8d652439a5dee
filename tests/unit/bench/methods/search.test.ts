import { describe, expect, test } from 'vitest'
import { METHOD_ENTRIES, RATES } from '#main/bench/methods/method-entries.ts'
import { type Trial, bestTrial, nextRate } from '#main/bench/methods/search.ts'

const GRID = [1, 2, 3, 4, 5, 6, 7, 8]

/** All rates tried, in order, where a rate's loss is `loss(rate)`. */
function walk(start: number, count: number, loss: (rate: number) => number): Trial[] {
  const trials: Trial[] = []
  for (let rate = nextRate(GRID, start, trials, count); rate !== null; rate = nextRate(GRID, start, trials, count)) {
    trials.push({ rate, loss: loss(rate) })
  }
  return trials
}

const rates = (trials: readonly Trial[]): number[] => trials.map(({ rate }) => rate)

describe('the search for a learning rate', () => {
  test('tries the start and its neighbours, then goes up as long as that is better', () => {
    expect(rates(walk(3, 6, (rate) => -rate))).toEqual([3, 4, 2, 5, 6, 7])
  })

  test('goes down as long as that is better', () => {
    expect(rates(walk(4, 6, (rate) => rate))).toEqual([4, 5, 3, 2, 1, 6])
  })

  test('goes on beyond the better neighbour of a best rate that has both', () => {
    expect(rates(walk(4, 4, (rate) => Math.abs(rate - 4.1)))).toEqual([4, 5, 3, 6])
    expect(rates(walk(4, 4, (rate) => Math.abs(rate - 3.9)))).toEqual([4, 5, 3, 2])
  })

  test('makes the same number of trials wherever it starts, none of them twice', () => {
    for (const start of GRID) {
      for (const bottom of GRID) {
        const trials = walk(start, 5, (rate) => Math.abs(rate - bottom))
        expect(new Set(rates(trials)).size).toBe(5)
        expect(trials).toHaveLength(5)
      }
    }
  })

  test('finds the bottom of a loss with one valley, if it lies within the steps it has', () => {
    for (const start of GRID) {
      for (const bottom of GRID) {
        if (Math.abs(bottom - start) > 3) continue
        const trials = walk(start, 6, (rate) => (rate - bottom) ** 2)
        expect(bestTrial(trials)!.rate).toBe(bottom)
      }
    }
  })

  test('ends when the grid is used up', () => {
    expect(rates(walk(2, 20, () => 0)).toSorted()).toEqual(GRID)
  })

  test('takes smaller rates after failures, and none as the best where all failed', () => {
    const trials = walk(5, 5, (rate) => (rate > 3 ? Number.NaN : -rate))
    expect(rates(trials)).toEqual([5, 6, 4, 1, 2])
    expect(bestTrial(trials)).toEqual({ rate: 2, loss: -2 })
    expect(bestTrial(walk(5, 3, () => Number.NaN))).toBeNull()
  })

  test('of rates that are as good takes the smaller one', () => {
    expect(
      bestTrial([
        { rate: 3, loss: 0 },
        { rate: 2, loss: 0 },
        { rate: 4, loss: 1 },
      ])!.rate,
    ).toBe(2)
  })

  test('begins on the grid for every method', () => {
    for (const { startRate } of METHOD_ENTRIES) expect(RATES).toContain(startRate)
    expect(RATES.toSorted((a, b) => a - b)).toEqual(RATES)
  })
})
