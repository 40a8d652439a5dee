import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import type { FleetPhone } from '#renderer/views/fleet/fleet-phone.ts'
import { byNumbers } from '#renderer/views/fleet/number-changes.ts'
import { doingAt } from '#renderer/views/fleet/doing-words.ts'
import { STEPS, positionOf, valueAt } from '#renderer/views/fleet/number-scale.ts'

const factors = { from: 0.05, to: 500, kind: 'factors' } as const
const linear = { from: 0, to: 2000, kind: 'linear' } as const

test('a slider reaches both ends exactly and its steps lead back to where they are', () => {
  for (const scale of [factors, linear]) {
    expect(valueAt(scale, 0)).toBe(scale.from)
    expect(valueAt(scale, STEPS)).toBe(scale.to)
    for (let position = 0; position <= STEPS; position++) expect(positionOf(scale, valueAt(scale, position))).toBe(position)
  }
})

test('a number beyond the ends stands at an end, and a larger number never further left', () => {
  expect(positionOf(factors, 10_000)).toBe(STEPS)
  expect(positionOf(factors, 0.001)).toBe(0)
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), fc.double({ min: 0.01, max: 1000, noNaN: true }), (a, b) => {
      expect(positionOf(factors, Math.min(a, b))).toBeLessThanOrEqual(positionOf(factors, Math.max(a, b)))
    }),
  )
})

const task = (part: Partial<TaskSpan>): TaskSpan => ({
  id: 't',
  lane: 'l',
  kind: 'probe',
  device: 'a',
  startSeconds: 0,
  endSeconds: 1,
  ...part,
})

test('a phone does what its schedule has it do at that moment', () => {
  const tasks = [
    task({ kind: 'transfer-down', bytes: 2048, startSeconds: 0, endSeconds: 1, availableSeconds: 2 }),
    task({ kind: 'probe', layer: 1, startSeconds: 1.5, endSeconds: 3 }),
    task({ device: 'b', kind: 'update', startSeconds: 2, endSeconds: 3 }),
  ]
  const at = (seconds: number) => Object.fromEntries(doingAt({ tasks }, seconds, 4))
  expect(at(0.5)).toEqual({ a: 'receives 2.00 KiB' })
  expect(at(1.2)).toEqual({ a: 'receives 2.00 KiB' })
  // Computing counts more than a message that is still under way.
  expect(at(1.7)).toEqual({ a: 'probes layer 2 of 4' })
  expect(at(2.5)).toEqual({ a: 'probes layer 2 of 4', b: 'updates its model' })
  expect(at(3)).toEqual({})
})

test('a running phone is sent its own profile’s number in place of "the profile’s again", together with those of the same numbers', () => {
  const phone = (index: number, gflops: number) => ({ index, device: { gflops }, link: null }) as unknown as FleetPhone
  const phones = [phone(3, 10), phone(4, 20), phone(7, 10)]
  expect(byNumbers({ gflops: undefined, rttMs: 5 }, phones)).toEqual([
    [{ gflops: 10, rttMs: 5 }, [3, 7]],
    [{ gflops: 20, rttMs: 5 }, [4]],
  ])
  expect(byNumbers({ gflops: 1 }, phones)).toEqual([[{ gflops: 1 }, [3, 4, 7]]])
})
