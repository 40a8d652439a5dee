/** The same bits for every layer in every round, whatever the links do. */
import { bytesOf, checkRequest, type CompressionController, type CompressionRequest, type Decision } from './decision.ts'
import type { Bits } from '../codec/quantise.ts'

export function fixedController(bits: Bits, name = 'fixed'): CompressionController {
  const words = name === 'off' ? 'compression is off: float32 values as they are' : `fixed at ${bits} bits by the scenario`
  return {
    name,
    choose(request: CompressionRequest): Decision {
      checkRequest(request)
      const why = request.layers.map((demand) => {
        const bytes = bytesOf(request, demand.layer, bits)
        return {
          ...demand,
          bits,
          previousBits: null,
          candidates: [{ bits, bytes }],
          bytes,
          estimateBitsPerSecond: null,
          deadlineSeconds: demand.needSeconds,
          arrivalSeconds: null,
          binding: false,
          missed: false,
          words,
        }
      })
      return {
        round: request.round,
        controller: name,
        bits: why.map((reason) => reason.bits),
        why,
        gradientNorm: request.gradientNorm,
        previousGradientNorm: null,
        floorBits: null,
        links: request.links,
        slowestLink: null,
      }
    },
  }
}
