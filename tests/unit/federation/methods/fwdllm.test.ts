import { describe, expect, test } from 'vitest'
import { fwdllm as collecting, type FwdLlmOptions } from '#main/federation/methods/fwdllm.ts'
import { Stream } from '#shared/random/counter.ts'
import { byKinds, scalars } from './scalars.ts'

const fwdllm = (options: FwdLlmOptions) => byKinds(collecting(options))
const OPTIONS = { randomDirections: 4, mostDirections: 10, varianceLimit: 0.5, candidates: 3 }

test('asks for random directions, each the best of its candidates', () => {
  expect(fwdllm(OPTIONS).plan(1)).toEqual({ guidance: false, guided: false, random: 4, shared: 0, candidates: 3 })
})

describe('collects', () => {
  const loud = [2, -2, 2, -2]
  test('no more where the aggregate is certain enough', () => {
    // V = (1/4)^2 (.25 + .25) (4 * 1) = .125
    expect(fwdllm(OPTIONS).further([scalars(0, 0.5, [1, -1, 1, -1]), scalars(1, 0.5, [-1, -1, 1, 1])])).toBe(0)
  })

  test('as many again where it is not', () => {
    // V = .125 * 4
    const reports = [scalars(0, 0.5, loud), scalars(1, 0.5, loud)]
    expect(fwdllm({ ...OPTIONS, varianceLimit: 0.4999 }).further(reports)).toBe(4)
    expect(fwdllm({ ...OPTIONS, varianceLimit: 0.5 }).further(reports)).toBe(0)
  })

  test('up to its most', () => {
    const eager = fwdllm({ ...OPTIONS, varianceLimit: 1e-9 })
    expect(eager.further([scalars(0, 1, [...loud, ...loud])])).toBe(2)
    expect(eager.further([scalars(0, 1, [...loud, ...loud, 1, 1])])).toBe(0)
    expect(fwdllm({ ...OPTIONS, mostDirections: 2, varianceLimit: 1e-9 }).further([scalars(0, 1, loud)])).toBe(0)
  })

  test('by a variance that an element of the aggregate really has, from one choice of directions to another', () => {
    const stream = new Stream([5, 6])
    const reports = [scalars(0, 0.7, [1, 3]), scalars(1, 0.3, [-2, 5])]
    const { random } = fwdllm(OPTIONS).aggregate(1, reports, 1000).aggregate
    const draws = Array.from({ length: 40_000 }, () => random.flat().reduce((sum, c) => sum + c * stream.normal(), 0))
    const variance = draws.reduce((sum, x) => sum + x ** 2, 0) / draws.length
    expect(fwdllm({ ...OPTIONS, varianceLimit: variance * 1.05 }).further(reports)).toBe(0)
    expect(fwdllm({ ...OPTIONS, varianceLimit: variance * 0.95 }).further(reports)).toBeGreaterThan(0)
  })
})

test('averages over all that was collected', () => {
  const { aggregate } = fwdllm(OPTIONS).aggregate(1, [scalars(0, 0.25, [1, 2, 3, 4]), scalars(2, 0.75, [0, 0, 0, 4])], 1000)
  expect(aggregate.random).toEqual([[1, 2, 3, 4].map((c) => c / 16), [0, 0, 0, 0.75]])
})
