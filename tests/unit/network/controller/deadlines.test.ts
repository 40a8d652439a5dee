import { describe, expect, test } from 'vitest'
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import { Deadlines } from '#main/network/controller/deadlines.ts'
import type { CompressionRequest } from '#main/network/controller/decision.ts'

/** Two layers of 800 values; a round of 2.5 s, so that phones wait for 10; `rate` in bits per second. */
const request = (rate: number, more: Partial<CompressionRequest> = {}): CompressionRequest => ({
  round: 1,
  layers: [1, 0].map((layer) => ({ layer, values: 800, sensitivity: 1, needSeconds: 1 })),
  links: [{ id: 'phone', goodputSamples: [rate] }],
  gradientNorm: 1,
  roundSeconds: 2.5,
  candidateBytes: (_, bits) => 100 * bits,
  ...more,
})

describe('deadlines', () => {
  test('are those of the link whose phone would be kept waiting first, layer by layer and wait by wait', () => {
    const links = [
      { id: 'fast link, fast phone', goodputSamples: [800], needSeconds: [1, 1] },
      { id: 'slow link, slow phone', goodputSamples: [80], needSeconds: [5, 20] },
    ]
    const deadlines = new Deadlines(request(1, { links }))
    expect(deadlines.within(0)).toEqual([
      { link: 'slow link, slow phone', bitsPerSecond: 80, needSeconds: 5, budgetBytes: 50 },
      { link: 'fast link, fast phone', bitsPerSecond: 800, needSeconds: 1, budgetBytes: 100 },
    ])
    // The slow link gains little by waiting.
    expect(deadlines.within(10).map(({ link, budgetBytes }) => [link, budgetBytes])).toEqual([
      ['slow link, slow phone', 150],
      ['slow link, slow phone', 300],
    ])
    expect(deadlines.lateSeconds([50, 100])).toBe(0)
    expect(deadlines.lateSeconds([100, 100])).toBe(5)
    expect(deadlines.lateSeconds([50, 300])).toBe(10)
  })
})

describe('where links are too slow', () => {
  // At one bit both layers take 1600 bits: 16 s at 100 bit/s, of which a phone waits 15.
  test('the largest values alone are sent, as many as arrive within the patience', () => {
    const asked = request(100, { sparseBytes: (_, share) => 6 * 800 * share })
    const decision = new AdaptiveController().choose(asked)
    expect(decision.fallback).toEqual({ kind: 'sparse', keptShare: 0.01 })
    expect(decision.why[0]!.words).toBe(
      'layer 1: only the largest 1 % of the values are sent, since even the least bits would keep phones waiting too long (arrives after 8.00 s on phone, needed after 1.00 s)',
    )
  })

  test('phones go on with the directions they have, if the new ones arrive while they do', () => {
    const able = { canBeStale: true, canDoWithout: true }
    expect(new AdaptiveController().choose(request(130, able)).fallback).toEqual({ kind: 'stale' })
    expect(new AdaptiveController().choose(request(10, able)).fallback).toEqual({ kind: 'plain' })
    expect(new AdaptiveController().choose(request(10, { canBeStale: true })).fallback).toEqual({ kind: 'stale' })
    expect(new AdaptiveController().choose(request(10, { canDoWithout: true })).fallback).toEqual({ kind: 'plain' })
  })

  test('and nothing else is left, they wait', () => {
    const decision = new AdaptiveController().choose(request(10))
    expect(decision).toMatchObject({ fallback: null, bits: [1, 1] })
    expect(decision.why[1]!.missed).toBe(true)
  })

  test('bits fall further than a step, and say why', () => {
    const controller = new AdaptiveController()
    expect(controller.choose(request(1e6)).bits).toEqual([16, 16])
    const { bits, why, fallback } = controller.choose(request(200))
    expect(bits).toEqual([1, 1])
    expect(fallback).toBeNull()
    expect(why[0]!.words).toContain('fallen further than a step')
  })

  test('a floor holds as long as the phones are patient', () => {
    const controller = new AdaptiveController()
    controller.choose(request(1e6))
    // At the floor of 4 bits 6400 bits: 6.4 s at 1000 bit/s.
    expect(controller.choose(request(1000, { gradientNorm: 2 }))).toMatchObject({ floorBits: 4, bits: [4, 4] })
    const given = controller.choose(request(300, { gradientNorm: 6 }))
    expect(given.floorBits).toBeNull()
    expect(given.why[0]!.words).toContain('no floor, although')
  })
})
