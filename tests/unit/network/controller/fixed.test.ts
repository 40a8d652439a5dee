import { expect, test } from 'vitest'
import type { CompressionRequest } from '#main/network/controller/decision.ts'
import { fixedController } from '#main/network/controller/fixed.ts'
import { offController } from '#main/network/controller/off.ts'

const request: CompressionRequest = {
  round: 4,
  layers: [
    { layer: 1, values: 8, sensitivity: 1, needSeconds: 0 },
    { layer: 0, values: 16, sensitivity: 1, needSeconds: Infinity },
  ],
  links: [],
  gradientNorm: 1,
  roundSeconds: 0,
  candidateBytes: (layer, bits) => (layer === 1 ? bits : 2 * bits),
}

test('fixed bits stay, whatever the links and deadlines are', () => {
  const decision = fixedController(3).choose(request)
  expect(decision.bits).toEqual([3, 3])
  expect(decision.why.map((reason) => reason.bytes)).toEqual([3, 6])
  expect(decision.why[0]).toMatchObject({ binding: false, estimateBitsPerSecond: null, words: 'fixed at 3 bits by the scenario' })
})

test('off sends float32', () => {
  expect(offController().choose(request)).toMatchObject({ controller: 'off', bits: [32, 32], round: 4 })
})
