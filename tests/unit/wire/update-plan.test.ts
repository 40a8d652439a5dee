import { expect, test } from 'vitest'
import { type UpdatePlan, decodePlan, encodePlan } from '#main/wire/update-plan.ts'

const plain = {
  perPhone: 2,
  shared: 1,
  project: false,
  phones: [0, 3],
  asReceived: false,
  blockwise: false,
  candidates: 1,
  takeBack: false,
  holds: false,
}

test.each<[string, Partial<UpdatePlan>]>([
  ['random directions of phones', {}],
  ['no part in the guided subspace', { project: true }],
  ['directions as they came', { asReceived: true }],
  ['bases of layers', { blockwise: true }],
  ['the best of many candidates', { candidates: 1024 }],
  ['directions of rounds of their own', { rounds: [7, 4_000_000_000] }],
  ['several of these', { project: true, asReceived: true, candidates: 3 }],
  ['seeds of the fixed set', { perPhone: 0, shared: 0, phones: [], seeds: [65_535, 0, 7] }],
  ['a step taken back', { perPhone: 0, shared: 0, phones: [], takeBack: true }],
  ['a step whose way back is longer than itself', { holds: true }],
  ['no seed', { perPhone: 0, shared: 0, phones: [], seeds: [] }],
])('comes out as it went in: %s', (_, change) => {
  const integers = encodePlan({ ...plain, ...change })
  expect(integers.every((n) => Number.isInteger(n) && n >= 0 && n <= 0xffff_ffff)).toBe(true)
  expect(decodePlan(integers)).toEqual({ ...plain, seeds: [], rounds: [], ...change })
})

test('takes no more numbers than the two counts, the kind and the phones', () => {
  expect(encodePlan({ perPhone: 10, shared: 0, project: true, phones: [0, 1, 2] })).toEqual([10, 0, 1, 0, 1, 2])
})
