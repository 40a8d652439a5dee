import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_PHONES } from '#shared/scenario/fleet-schema.ts'
import { type FleetGroup, splitGroups, changed, cloned, joinEqual, without, withNumbers } from '#renderer/views/fleet/draft-fleet.ts'

const fleet: FleetGroup[] = [
  { profile: 'pixel-4', count: 2, link: 'lte' },
  { profile: 'entry', count: 3, link: 'fast-4g', id: 'old' },
  { profile: 'entry' },
]

test('groups come apart into phones, and a shared name is numbered as the run numbers it', () => {
  expect(splitGroups(fleet)).toEqual([
    { profile: 'pixel-4', link: 'lte' },
    { profile: 'pixel-4', link: 'lte' },
    { profile: 'entry', link: 'fast-4g', id: 'old-1' },
    { profile: 'entry', link: 'fast-4g', id: 'old-2' },
    { profile: 'entry', link: 'fast-4g', id: 'old-3' },
    { profile: 'entry' },
  ])
})

test('one phone of a group is changed alone, and put back it joins the group again', () => {
  const slow = changed(fleet.slice(0, 1), [1], (phone) => withNumbers(phone, { downMbps: 1 }))
  expect(slow).toEqual([
    { profile: 'pixel-4', link: 'lte' },
    { profile: 'pixel-4', link: 'lte', overrides: { downMbps: 1 } },
  ])
  const back = changed(slow, [1], (phone) => withNumbers(phone, { downMbps: undefined }))
  expect(back).toEqual([{ profile: 'pixel-4', link: 'lte', count: 2 }])
})

test('a clone stands beside its original and has no name of its own', () => {
  expect(cloned([{ profile: 'entry', id: 'mine' }], [0])).toEqual([{ profile: 'entry', id: 'mine' }, { profile: 'entry' }])
  expect(cloned(fleet.slice(0, 1), [0, 1])).toEqual([{ profile: 'pixel-4', count: 4, link: 'lte' }])
})

test('phones are taken out, but never the last one', () => {
  expect(without(fleet, [0, 2, 3, 4])).toEqual([{ profile: 'pixel-4', link: 'lte' }, { profile: 'entry' }])
  expect(without(fleet.slice(0, 1), [0, 1])).toHaveLength(1)
})

test('taken apart and put together a fleet has the same phones in the same order', () => {
  const group = fc.record({ profile: fc.constantFrom('a', 'b'), count: fc.integer({ min: 1, max: 4 }) })
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 6 }), (groups) => {
      const joined = joinEqual(splitGroups(groups))
      expect(splitGroups(joined)).toEqual(splitGroups(groups))
      // Neighbours differ, so it can't be shorter.
      for (const [i, one] of joined.entries()) expect(one.profile).not.toBe(joined[i + 1]?.profile)
    }),
  )
})

test('a count that is being typed wrongly is one phone, not none and not a million', () => {
  expect(splitGroups([{ profile: 'a', count: 'many' as unknown as number }])).toHaveLength(1)
  expect(splitGroups([{ profile: 'a', count: 1e9 }])).toHaveLength(MAX_PHONES)
})
