import { describe, expect, test } from 'vitest'
import type { Bits } from '#main/wire/quantise.ts'
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import type { CompressionRequest, LayerDemand } from '#main/network/controller/decision.ts'

const layer = (number: number, sensitivity: number, needSeconds: number): LayerDemand => ({
  layer: number,
  values: 800,
  sensitivity,
  needSeconds,
})
const bytes = (values: number) => (_: number, bits: Bits) => (values * bits) / 8
const request = (layers: LayerDemand[], bitsPerSecond: number, more: Partial<CompressionRequest> = {}): CompressionRequest => ({
  round: 1,
  layers,
  links: [{ id: 'phone-1', goodputSamples: [bitsPerSecond] }],
  gradientNorm: 1,
  roundSeconds: 0,
  candidateBytes: bytes(800),
  ...more,
})

describe('the adaptive controller', () => {
  test('sends all bits that matter where no deadline is near and least where none can be met, and says so', () => {
    const fast = new AdaptiveController().choose(request([layer(1, 1, 10), layer(0, 1, 10)], 1e9))
    expect(fast.bits).toEqual([6, 6])
    expect(fast.why[0]).toMatchObject({ binding: false, missed: false, bytes: 600 })
    expect(fast.why[0]?.words).toContain('layer 1: 6 bits, finer would hardly matter')
    const slow = new AdaptiveController().choose(request([layer(1, 1, 0.5), layer(0, 1, 0.5)], 1000))
    expect(slow.bits).toEqual([1, 1])
    expect(slow.why[1]).toMatchObject({ missed: true, arrivalSeconds: 1.6, deadlineSeconds: 0.5 })
    expect(slow.why[1]?.words).toBe(
      'layer 0: 1 bit, deadline missed even at the least bits possible this round (arrives after 1.60 s on phone-1, needed after 0.50 s)',
    )
  })

  test('gives the layer that matters more the more bits, under the deadlines of all later layers', () => {
    // 800 bits per bit of a layer at 800 bit/s: one second per bit; 5 s for both together. 1/4 + 50/256 is less than 1/16 + 50/64.
    const decision = new AdaptiveController().choose(request([layer(1, 1, 100), layer(0, 50, 5)], 800))
    expect(decision.bits).toEqual([1, 4])
    expect(decision.why.map((reason) => reason.binding)).toEqual([true, true])
    // Here the first layer's own deadline is what binds, and the second gets what it needs.
    expect(new AdaptiveController().choose(request([layer(1, 50, 2), layer(0, 1, 9)], 800)).bits).toEqual([2, 4])
  })

  test('counts on the 20th percentile of the slowest link', () => {
    const links = [
      { id: 'wifi', goodputSamples: [9e6, 9e6] },
      { id: 'edge', goodputSamples: [500, 100, 200, 300, 400, 600] },
    ]
    const decision = new AdaptiveController().choose(request([layer(0, 1, 1)], 1, { links }))
    // Of the last five, a fifth of the way from the least to the next but one.
    expect(decision.why[0]?.estimateBitsPerSecond).toBe(180)
    const forgotten = { id: 'once-slow', goodputSamples: [1, ...Array.from({ length: 5 }, () => 5e6)] }
    const recent = new AdaptiveController().choose(request([layer(0, 1, Infinity)], 1, { links: [forgotten] }))
    expect(recent.why[0]?.estimateBitsPerSecond).toBe(5e6)
    expect(recent.links[0]?.goodputSamples).toHaveLength(5)
    expect(recent.why[0]?.words).toContain('nothing waits for it')
  })

  test('moves at most one candidate per layer and round', () => {
    const controller = new AdaptiveController()
    const bitsAt = (bitsPerSecond: number) => controller.choose(request([layer(0, 1, 1)], bitsPerSecond)).bits[0]
    expect([1e9, 1, 1, 1, 1, 1, 1, 1, 1e9, 1e9, 800 * 3].map(bitsAt)).toEqual([6, 4, 3, 2, 1, 1, 1, 1, 2, 3, 3])
  })

  test('keeps a floor while the gradient norm moves by more than half, even against limit and deadline', () => {
    const controller = new AdaptiveController()
    const round = (gradientNorm: number, floorBits?: Bits) =>
      controller.choose(request([layer(0, 1, 0.1)], 1, { gradientNorm, ...(floorBits ? { floorBits } : {}) }))
    expect(round(1)).toMatchObject({ bits: [1], floorBits: null })
    expect(round(1.5).bits).toEqual([1])
    expect(round(2.3)).toMatchObject({ bits: [4], floorBits: 4 })
    expect(round(2.3)).toMatchObject({ bits: [3], floorBits: null })
    expect(round(1)).toMatchObject({ bits: [4], floorBits: 4 })
    expect(round(3, 8)).toMatchObject({ bits: [8], floorBits: 8 })
  })

  test('puts every number it used into the decision, which is plain data', () => {
    const asked = request([layer(1, 2, 3), layer(0, 1, 4)], 800, { gradientNorm: 5 })
    const decision = new AdaptiveController().choose(asked)
    expect(decision).toMatchObject({ round: 1, controller: 'adaptive', gradientNorm: 5, links: asked.links })
    expect(
      decision.why.map(({ layer: number, sensitivity, needSeconds, values }) => ({ layer: number, sensitivity, needSeconds, values })),
    ).toEqual(asked.layers)
    expect(decision.why[0]?.candidates).toEqual(([1, 2, 3, 4, 6] as Bits[]).map((bits) => ({ bits, bytes: bits * 100 })))
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
  })

  test('refuses to decide on numbers that are missing', () => {
    const choose = (asked: CompressionRequest) => () => new AdaptiveController().choose(asked)
    expect(choose(request([layer(0, NaN, 1)], 1))).toThrow('layer 0: sensitivity is NaN')
    expect(choose(request([layer(0, 1, 1)], 0))).toThrow('link phone-1 has a goodput sample of 0')
    expect(choose(request([layer(0, 1, 1)], 1, { links: [{ id: 'new', goodputSamples: [] }] }))).toThrow('link new has no goodput sample')
    expect(choose(request([layer(0, 1, 1)], 1, { links: [] }))).toThrow('no links')
    expect(choose(request([layer(0, 1, 1)], 1, { candidateBytes: () => NaN }))).toThrow('layer 0: bytes at 1 bits is NaN')
    expect(choose(request([], 1, { gradientNorm: NaN }))).toThrow('gradientNorm is NaN')
  })
})
