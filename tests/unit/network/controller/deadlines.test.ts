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

describe('where links are slow', () => {
  // At one bit both layers take 1600 bits.
  test('the largest values alone are sent where they are worth more for their time', () => {
    const asked = request(100, { sparseBytes: (_, share) => 800 * share })
    const decision = new AdaptiveController().choose(asked)
    expect(decision.fallback).toEqual({ kind: 'sparse', keptShare: 0.02 })
    expect(decision.why[0]!.words).toBe(
      'layer 1: only the largest 2 % of the values are sent, which is worth more per second than waiting for all (at the least bits arrives after 8.00 s on phone, needed after 1.00 s)',
    )
    expect(new AdaptiveController().choose({ ...asked, links: [{ id: 'phone', goodputSamples: [1e5] }] }).fallback).toBeNull()
  })

  test('phones go on with the directions they have while the new ones travel, or do without', () => {
    const able = { canBeStale: true, canDoWithout: true }
    expect(new AdaptiveController().choose(request(500, able)).fallback).toEqual({ kind: 'stale' })
    expect(new AdaptiveController().choose(request(10, able)).fallback).toEqual({ kind: 'plain' })
    expect(new AdaptiveController().choose(request(10, { canDoWithout: true })).fallback).toEqual({ kind: 'plain' })
    expect(new AdaptiveController().choose(request(1e6, able)).fallback).toBeNull()
  })

  test('and nothing else is left, they wait', () => {
    const decision = new AdaptiveController().choose(request(10))
    expect(decision).toMatchObject({ fallback: null, bits: [1, 1] })
    expect(decision.waitSeconds).toBeCloseTo(159, 6)
  })

  test('bits fall further than a step where a step would leave much undone, and say why', () => {
    const controller = new AdaptiveController()
    expect(controller.choose(request(1e6)).bits).toEqual([6, 6])
    const { bits, why, fallback } = controller.choose(request(200))
    expect(bits).toEqual([1, 1])
    expect(fallback).toBeNull()
    expect(why[0]!.words).toContain('further than a step')
    expect(controller.choose(request(1e6)).bits).toEqual([2, 2])
  })

  test('a floor holds unless it costs much of what a second could bring', () => {
    const controller = new AdaptiveController()
    controller.choose(request(1e6))
    expect(controller.choose(request(5000, { gradientNorm: 2 }))).toMatchObject({ floorBits: 4, bits: [4, 4] })
    const given = controller.choose(request(300, { gradientNorm: 6 }))
    expect(given.floorBits).toBeNull()
    expect(given.why[0]!.words).toContain('no floor, although')
  })
})
