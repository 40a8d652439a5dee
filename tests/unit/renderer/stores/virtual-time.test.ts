import { expect, test } from 'vitest'
import { Projection } from '#shared/events/projection.ts'
import { VirtualTime, roundsDone } from '#renderer/stores/virtual-time.ts'
import { recordedEvents } from '../recorded.ts'

const events = recordedEvents(4)
const markers = new Projection().addAll(events).view.markers.filter(({ kind }) => kind === 'round')
const clock = new VirtualTime(markers, { seq: events.length, seconds: 8, rounds: 4 })

test('where a round begins, the clock and the rounds done are those of the rounds before', () => {
  for (const { seq, round, virtualSeconds } of markers) {
    expect(clock.at(seq)).toEqual({ seq, seconds: virtualSeconds, rounds: round - 1 })
  }
})

test('before the first round no time passes, and after the last event nothing lies', () => {
  expect(clock.at(1)).toMatchObject({ seconds: 0, rounds: 0 })
  expect(clock.at(10 ** 6)).toEqual({ seq: events.length, seconds: 8, rounds: 4 })
  expect(clock.seqAtSeconds(99)).toBe(events.length)
  expect(clock.seqAtRounds(4)).toBe(events.length)
})

test('a moment and its place on the clock lead to each other within an event', () => {
  for (let seq = markers[0]!.seq; seq <= events.length; seq++) {
    const { seconds, rounds } = clock.at(seq)
    expect(Math.abs(clock.seqAtSeconds(seconds) - seq)).toBeLessThanOrEqual(1)
    expect(Math.abs(clock.seqAtRounds(rounds) - seq)).toBeLessThanOrEqual(1)
  }
})

test('time never goes back from one event to the next', () => {
  const places = events.map((_, seq) => clock.at(seq))
  expect(places.map(({ seconds }) => seconds)).toEqual(places.map(({ seconds }) => seconds).toSorted((a, b) => a - b))
})

test('a session without markers is a point at its end', () => {
  const empty = new VirtualTime([], { seq: 0, seconds: 0, rounds: 0 })
  expect(empty.at(0)).toEqual({ seq: 0, seconds: 0, rounds: 0 })
  expect(empty.seqAtSeconds(3)).toBe(0)
})

test('a round under way counts by its answers, and whole once its update is applied', () => {
  const after = (count: number) => roundsDone(new Projection().addAll(events.slice(0, count)).view)
  const began = markers[1]!.seq
  expect(after(began)).toBe(1)
  expect(after(began + 1)).toBe(1)
  expect(after(began + 2)).toBeCloseTo(1.45)
  expect(after(began + 3)).toBeCloseTo(1.9)
  expect(after(began + 4)).toBe(2)
})
