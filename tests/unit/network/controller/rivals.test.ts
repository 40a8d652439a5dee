import { describe, expect, test } from 'vitest'
import { AdaptiveController } from '#main/network/controller/adaptive.ts'
import { budgetController } from '#main/network/controller/budget.ts'
import type { CompressionRequest } from '#main/network/controller/decision.ts'
import { NormController } from '#main/network/controller/norm.ts'
import { BITS, RELATIVE_ERROR } from '#main/wire/quantise.ts'

/** Two layers of 800 values over a link of 800 bit/s: one second per bit and layer. */
const request = (more: Partial<CompressionRequest> = {}, sensitivities = [4, 1]): CompressionRequest => ({
  round: 1,
  layers: sensitivities.map((sensitivity, i) => ({ layer: 1 - i, values: 800, sensitivity, needSeconds: 0 })),
  links: [{ id: 'phone-1', goodputSamples: [800] }],
  gradientNorm: 1,
  roundSeconds: 0,
  candidateBytes: (_, bits) => 100 * bits,
  ...more,
})

describe('norm', () => {
  test('gives a layer many bits where its gradient is new or its norm moves by half, few otherwise', () => {
    const controller = new NormController(8, 2)
    expect(controller.choose(request()).bits).toEqual([8, 8])
    expect(controller.choose(request({}, [4, 1])).bits).toEqual([2, 2])
    // sqrt(9) is half more than sqrt(4); sqrt(1.9) is not half more than 1.
    expect(controller.choose(request({}, [9, 1.9])).bits).toEqual([8, 2])
    expect(controller.choose(request({}, [9, 0.3])).bits).toEqual([2, 8])
    expect(controller.choose(request({}, [9, 0.3])).why[0]!.words).toBe(
      "layer 1: 2 bits, no critical regime (its gradient's norm moved by 0.00 from 3.00; 50 % is critical)",
    )
  })
})

describe('budget', () => {
  test('spends what the bandwidth carries in the time it is given, whenever layers are needed', () => {
    expect(budgetController(5).choose(request()).bits).toEqual([3, 2])
    expect(budgetController(7).choose(request()).bits).toEqual([4, 3])
    expect(budgetController(1e6).choose(request()).bits).toEqual([16, 16])
    const least = budgetController(1).choose(request())
    expect(least.bits).toEqual([1, 1])
    expect(least.why.at(-1)!.missed).toBe(true)
  })
})

describe('adaptive, with a round that takes its time', () => {
  /** Best progress per second of bits that are the same in both layers, by trying. */
  const bestUniform = (roundSeconds: number): number =>
    Math.max(...BITS.filter((bits) => bits < 32).map((bits) => (1 - RELATIVE_ERROR[bits]) / (roundSeconds + 2 * bits)))

  test.each([0.1, 1, 4, 10, 40, 300])('lets phones wait as long as it pays when a round takes %f s', (roundSeconds) => {
    const asked = request({ roundSeconds })
    const decision = new AdaptiveController().choose(asked)
    const error = decision.bits.reduce((sum, bits, l) => sum + asked.layers[l]!.sensitivity * RELATIVE_ERROR[bits], 0) / 5
    const rate = (1 - error) / (roundSeconds + decision.bits.reduce((sum, bits) => sum + bits, 0))
    expect(rate).toBeGreaterThanOrEqual(bestUniform(roundSeconds))
  })

  test('waits longer the longer the round is anyway, and says so', () => {
    const waits = [0.1, 10, 300].map((roundSeconds) => new AdaptiveController().choose(request({ roundSeconds })).waitSeconds)
    expect(waits[0]).toBeLessThan(waits[1]!)
    expect(waits[1]).toBeLessThan(waits[2]!)
    expect(new AdaptiveController().choose(request({ roundSeconds: 10 })).why[0]!.words).toContain(
      'more bits would cost more time than they are worth',
    )
  })
})
