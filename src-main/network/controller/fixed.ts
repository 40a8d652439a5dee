/** A controller that gives every layer the same bits in every round, whatever the links do. */
import type { Bits } from '#main/wire/quantise.ts'
import { checkRequest, type CompressionController } from './decision.ts'
import { ruledDecision } from './ruled-decision.ts'

export function fixedController(bits: Bits, name = 'fixed'): CompressionController {
  const words = name === 'off' ? 'compression is off: float32 values as they are' : `fixed at ${bits} bits by the scenario`
  return {
    name,
    choose(request) {
      checkRequest(request)
      return ruledDecision(request, name, () => ({ bits, candidates: [bits], previousBits: null, words }))
    },
  }
}
