import { describe, expect, test } from 'vitest'
import { dropouts, poisson, withoutReplacement } from '#main/federation/field/sampling.ts'
import { clientCount } from '#shared/scenario/federation-schema.ts'

const draw = (round: number, seed = 1, attempt = 0) => ({ seed, round, attempt })
const rounds = Array.from({ length: 6000 }, (_, i) => i + 1)
const phones = [0, 1, 2, 3, 4]

/** Whether `count` successes of `trials` are within 5 standard deviations of probability `p`. */
const plausible = (count: number, trials: number, p: number): boolean => Math.abs(count - trials * p) < 5 * Math.sqrt(trials * p * (1 - p))

describe('sampling without replacement', () => {
  test('gives every pair of five phones the same chance', () => {
    const counts = new Map<string, number>()
    for (const round of rounds) {
      const pair = withoutReplacement(draw(round), phones, 2).join()
      counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
    expect(counts.size).toBe(10)
    for (const count of counts.values()) expect(plausible(count, rounds.length, 1 / 10)).toBe(true)
  })

  test('is the same for the same seed, round and attempt, and differs in each of them', () => {
    const series = (change: (round: number) => ReturnType<typeof draw>) =>
      rounds.slice(0, 50).map((round) => withoutReplacement(change(round), phones, 2))
    const first = series((round) => draw(round))
    expect(series((round) => draw(round))).toEqual(first)
    expect(series((round) => draw(round, 2))).not.toEqual(first)
    expect(series((round) => draw(round, 1, 1))).not.toEqual(first)
    expect(first.some((chosen) => chosen.join() !== first[0]!.join())).toBe(true)
  })

  test('takes all where there are no more than asked for', () => {
    expect(withoutReplacement(draw(1), [4, 2], 3)).toEqual([2, 4])
  })

  test('keeps its choice when a phone that was not chosen is missing', () => {
    for (const round of rounds.slice(0, 200)) {
      const chosen = withoutReplacement(draw(round), phones, 2)
      const missing = phones.find((phone) => !chosen.includes(phone))!
      expect(
        withoutReplacement(
          draw(round),
          phones.filter((phone) => phone !== missing),
          2,
        ),
      ).toEqual(chosen)
    }
  })
})

test('Poisson sampling takes every phone with the given chance, two of them independently', () => {
  const taken = rounds.map((round) => poisson(draw(round), phones, 0.3))
  for (const phone of phones) expect(plausible(taken.filter((list) => list.includes(phone)).length, rounds.length, 0.3)).toBe(true)
  expect(plausible(taken.filter((list) => list.includes(1) && list.includes(3)).length, rounds.length, 0.09)).toBe(true)
})

test('dropouts have their probability, and are drawn apart from the selection', () => {
  const both = rounds.map((round) => ({ chosen: withoutReplacement(draw(round), phones, 2), lost: dropouts(draw(round), phones, 0.5) }))
  for (const phone of phones) {
    expect(plausible(both.filter(({ lost }) => lost.includes(phone)).length, rounds.length, 0.5)).toBe(true)
    expect(plausible(both.filter(({ lost, chosen }) => lost.includes(phone) && chosen.includes(phone)).length, rounds.length, 0.2)).toBe(
      true,
    )
  }
  expect(dropouts(draw(1), phones, 0)).toEqual([])
  expect(dropouts(draw(1), phones, 1)).toEqual(phones)
})

test.each([
  [3, 8, 3],
  [9, 8, 8],
  [0.25, 8, 2],
  [0.01, 8, 1],
  [1, 8, 1],
])('clientsPerRound %d of %d phones is %d', (given, fleet, count) => {
  expect(clientCount(given, fleet)).toBe(count)
})
