import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BITS, type Bits, RELATIVE_ERROR } from '#main/wire/quantise.ts'
import { type AllocationLayer, allocate, prefixBytes, quantisationError } from '#main/network/controller/allocation.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

const WIDTHS = BITS.filter((bits) => bits < 32)

/** Layers of very different sensitivity, their deadlines from tight to loose. */
function instance(stream: Stream, count: number): AllocationLayer[] {
  let budgetBytes = 0
  return Array.from({ length: count }, () => {
    const values = 100 + stream.below(2000)
    budgetBytes += (values / 8) * (1 + 5 * stream.uniform()) + 20
    const choices = WIDTHS.map((bits) => ({ bits, bytes: 20 + Math.ceil((values * bits) / 8) }))
    return { sensitivity: Math.exp(2 * stream.normal()), budgetBytes, choices }
  })
}

/** Least error by dynamic programming over (bytes sent, error) pairs of which no other is better in both; null if a deadline can't be met. */
function exactError(layers: readonly AllocationLayer[]): number | null {
  let front = [{ sent: 0, error: 0 }]
  for (const { sensitivity, budgetBytes, choices } of layers) {
    const reached = front
      .flatMap(({ sent, error }) =>
        choices.map(({ bits, bytes }) => ({ sent: sent + bytes, error: error + sensitivity * RELATIVE_ERROR[bits] })),
      )
      .filter(({ sent }) => sent <= budgetBytes)
      .sort((a, b) => a.sent - b.sent || a.error - b.error)
    front = []
    for (const pair of reached) if (pair.error < (front.at(-1)?.error ?? Infinity)) front.push(pair)
  }
  return front.at(-1)?.error ?? null
}

const errorOf = (layers: readonly AllocationLayer[], chosen: readonly number[]): number =>
  layers.reduce((sum, { sensitivity, choices }, l) => sum + quantisationError(sensitivity, choices[chosen[l]!]!.bits), 0)

describe('the allocation of bits', () => {
  test('is within 2 % of the exact optimum in each of 1000 instances', () => {
    const stream = new Stream(deriveKey(11, 'allocation'))
    const ratios: number[] = []
    for (let i = 0; i < 1000; i++) {
      const layers = instance(stream, 2 + stream.below(11))
      const best = exactError(layers)
      if (best !== null) ratios.push(errorOf(layers, allocate(layers)) / best)
    }
    expect(ratios.length).toBeGreaterThan(900)
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1 - 1e-12)
    expect(Math.max(...ratios)).toBeLessThan(1.02)
  })

  test('meets every deadline that can be met, and leaves no layer lower than it could be', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 8 }), (seed, count) => {
        const layers = instance(new Stream(deriveKey(seed, 'layers')), count)
        const chosen = allocate(layers)
        if (exactError(layers) === null) return
        const meets = (at: readonly number[]): boolean => prefixBytes(layers, at).every((sent, l) => sent <= layers[l]!.budgetBytes)
        expect(meets(chosen)).toBe(true)
        chosen.forEach((level, l) => {
          if (level + 1 < layers[l]!.choices.length) expect(meets(chosen.with(l, level + 1))).toBe(false)
        })
      }),
    )
  })

  test('meets the other deadlines where the first can not be met', () => {
    const choices = ([1, 2] as Bits[]).map((bits) => ({ bits, bytes: 100 * bits }))
    const layers = [50, 350, 410].map((budgetBytes) => ({ sensitivity: 1, budgetBytes, choices }))
    expect(allocate(layers)).toEqual([0, 1, 0])
  })

  test('leaves layers at their least where nothing can be met', () => {
    const choices = ([1, 2] as Bits[]).map((bits) => ({ bits, bytes: 100 * bits }))
    expect(allocate([{ sensitivity: 1, budgetBytes: 50, choices }])).toEqual([0])
  })
})
