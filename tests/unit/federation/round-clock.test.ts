import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CloudFacts, PhoneFacts } from '#main/federation/round-clock.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { clockOf } from './fakes.ts'

const facts = (phone: number, guidedPasses = 4, otherPasses = 0): PhoneFacts => ({
  phone,
  work: [{ sequences: 4, tokens: 8, guidedPasses, otherPasses }],
  bytesUp: 100,
  updateBytes: 200,
})
const cloud: CloudFacts = { batches: [{ sequences: 8, tokens: 8 }], layerBytes: [40_000, 50_000, 9_000] }
const policies: PolicyName[] = ['sequential', 'overlapped', 'layerwise']

describe('a round on the virtual clock', () => {
  test('takes what its parts take one after another, for one phone under the sequential policy', () => {
    const clock = clockOf('sequential', 1)
    const { tasks, schedule } = clock.round(cloud, [facts(0)])
    const seconds = schedule.entries.map(({ start, available }) => available - start)
    expect(clock.seconds).toBeCloseTo(
      seconds.reduce((sum, x) => sum + x, 0),
      9,
    )
    const transfers = tasks.filter(({ kind }) => kind === 'transfer-down')
    expect(transfers.map(({ bytes }) => bytes)).toEqual([99_000, 200])
    // LTE: 12 Mbit/s and half of 70 ms.
    const entry = schedule.entries.find(({ id }) => id === transfers[0]!.id)!
    expect(entry.available - entry.start).toBeCloseTo((99_000 * 8) / 12e6 + 0.035, 9)
  })

  test('charges a probe its FLOP at the speed of the profile, a little more when it is warm', () => {
    const clock = clockOf('sequential', 1)
    const probes = (round: ReturnType<typeof clock.round>): number[] =>
      round.schedule.entries.filter(({ id }) => id.includes('/probe/')).map(({ start, end }) => end - start)
    const gflops = 79
    const first = probes(clock.round(cloud, [facts(0)]))
    expect(first.length).toBe(3)
    // 4 sequences, 4 passes, 1 GFLOP each.
    for (const seconds of first) expect(seconds / (16 / gflops)).toBeGreaterThan(0.999)
    for (const seconds of first) expect(seconds / (16 / gflops)).toBeLessThan(1.05)
    for (let round = 0; round < 50; round++) clock.round(cloud, [facts(0)])
    const later = probes(clock.round(cloud, [facts(0)]))
    expect(later[0]!).toBeGreaterThan(first[0]! * 1.01)
  })

  test('begins where the one before ended', () => {
    const clock = clockOf('layerwise')
    const first = clock.round(cloud, [facts(0), facts(1)])
    const second = clock.round(cloud, [facts(0), facts(1)])
    expect(second.schedule.startSeconds).toBe(first.endSeconds)
    expect(Math.min(...second.schedule.entries.map(({ start }) => start))).toBe(first.endSeconds)
    expect(clock.seconds).toBe(second.endSeconds)
  })

  test('is never longer overlapped than sequential, nor layerwise than overlapped, where links are steady', () => {
    const bytes = fc.integer({ min: 1, max: 1_000_000 })
    const phone = fc.record({
      guidedPasses: fc.integer({ min: 1, max: 16 }),
      otherPasses: fc.integer({ min: 0, max: 20 }),
      bytesUp: bytes,
      updateBytes: bytes,
    })
    const round = fc.record({ layerBytes: fc.tuple(bytes, bytes, bytes), phones: fc.array(phone, { minLength: 1, maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 3 }), (list) => {
        const ends = policies.map((policy) => {
          const clock = clockOf(policy)
          for (const { layerBytes, phones } of list)
            clock.round(
              { ...cloud, layerBytes },
              phones.map(({ guidedPasses, otherPasses, ...own }, i) => ({ ...facts(i, guidedPasses, otherPasses), ...own })),
            )
          return clock.seconds
        })
        expect(ends[0]!).toBeGreaterThanOrEqual(ends[1]! - 1e-9)
        expect(ends[1]!).toBeGreaterThanOrEqual(ends[2]! - 1e-9)
      }),
      { numRuns: 60, seed: 5 },
    )
  })

  test('without guidance sends no directions and begins with the probes', () => {
    for (const policy of policies) {
      const clock = clockOf(policy)
      const { tasks, schedule } = clock.round(null, [facts(0, 0, 20)])
      expect(tasks.filter(({ id }) => id.includes('directions'))).toEqual([])
      expect(schedule.entries.find(({ id }) => id === 'phone-0/probe/unguided')!.start).toBe(0)
    }
  })

  test('with guidance that left no direction to probe along still has a length', () => {
    for (const policy of policies) {
      const clock = clockOf(policy)
      clock.round(cloud, [facts(0, 0, 4)])
      expect(clock.seconds).toBeGreaterThan(0)
    }
  })

  test('charges every batch of a round by its own size', () => {
    const seconds = (...batches: [sequences: number, passes: number][]): number => {
      const clock = clockOf('sequential', 1)
      const work = batches.map(([sequences, otherPasses]) => ({ sequences, tokens: 8, guidedPasses: 0, otherPasses }))
      const { schedule } = clock.round(null, [{ ...facts(0), work }])
      const { start, end } = schedule.entries.find(({ id }) => id === 'phone-0/probe/unguided')!
      return end - start
    }
    expect(seconds([4, 2], [2, 6])).toBeCloseTo(seconds([1, 20]), 9)
    expect(seconds([4, 2], [2, 6])).toBeGreaterThan(seconds([4, 2]))
  })

  test('of the cloud alone takes its forward and backward passes', () => {
    const clock = clockOf('sequential', 0)
    clock.cloudStep([{ sequences: 6, tokens: 8 }])
    const one = clock.seconds
    const double = clockOf('sequential', 0)
    double.cloudStep([{ sequences: 12, tokens: 8 }])
    expect(double.seconds / one).toBeGreaterThan(1.9)
    expect(double.seconds / one).toBeLessThan(2.1)
  })

  test('is the same for the same seed', () => {
    const seconds = (): number => {
      const clock = clockOf('layerwise')
      clock.round(cloud, [facts(0), facts(1), facts(2)])
      return clock.seconds
    }
    expect(seconds()).toBe(seconds())
  })
})

describe('outside of rounds', () => {
  test('an arrival is what a round would give the phone alone, and charges nothing', () => {
    const clock = clockOf('layerwise', 2)
    const foreseen = clock.arrival(cloud, facts(1))
    expect(clock.arrival(cloud, facts(1))).toBe(foreseen)
    expect(clock.seconds).toBe(0)
    const { schedule } = clock.round(cloud, [facts(1)])
    expect(schedule.entries.find(({ id }) => id === 'phone-1/up/scalars')!.available).toBe(foreseen)
  })

  test('messages missed delay it by their transfer', () => {
    const clock = clockOf('overlapped', 1)
    const random = facts(0)
    const delay = clock.arrival(null, { ...random, missedBytes: 60_000 }) - clock.arrival(null, random)
    // LTE: 12 Mbit/s and half of 70 ms.
    expect(delay).toBeCloseTo((60_000 * 8) / 12e6 + 0.035, 9)
  })

  test('waiting never goes back', () => {
    const clock = clockOf('sequential')
    clock.waitUntil(12)
    clock.waitUntil(3)
    expect(clock.seconds).toBe(12)
  })

  test('an answer waits for what was missed, is charged to the phone, and leaves the clock where it is', () => {
    const clock = clockOf('sequential', 1)
    const { schedule } = clock.answer({ ...facts(0, 0, 4), missedBytes: 1000 }, 50)
    expect(schedule.startSeconds).toBe(50)
    expect(schedule.entries.map(({ id }) => id)).toEqual([
      'phone-0/down/missed',
      'phone-0/update',
      'phone-0/probe/unguided',
      'phone-0/up/scalars',
    ])
    expect(clock.seconds).toBe(0)
    clock.serverUpdate(60)
    expect(clock.seconds).toBeGreaterThan(60)
  })
})
