import { expect, test } from 'vitest'
import { RoundPace } from '#renderer/stores/pace.ts'

test('a round takes the median of the last few; one slow round hardly counts', () => {
  const pace = new RoundPace()
  expect(pace.secondsPerRound).toBeNull()
  for (const now of [10, 12, 14, 44, 46, 48]) pace.roundEnded(now)
  expect(pace.secondsPerRound).toBe(2)
})

test('the time a run was held is no part of a round', () => {
  const pace = new RoundPace()
  pace.roundEnded(0)
  pace.roundEnded(3)
  pace.interrupted()
  pace.roundEnded(1000)
  pace.roundEnded(1003)
  expect(pace.secondsPerRound).toBe(3)
})

test('rounds that were long ago are forgotten', () => {
  const pace = new RoundPace()
  let now = 0
  for (const seconds of [...Array.from({ length: 10 }, () => 10), ...Array.from({ length: 10 }, () => 1)]) pace.roundEnded((now += seconds))
  expect(pace.secondsPerRound).toBe(1)
})
