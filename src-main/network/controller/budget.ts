/**
 * The budget controller spends a budget of bytes per round, from the bandwidth, where it saves most error (Kimad: Xin et al. 2023, arXiv 2312.08053):
 *
 *     sum_l bytes_l <= seconds * bandwidth,  bandwidth = the slowest link's 20th percentile of recent goodput
 *
 * It considers neither the times at which layers are needed nor earlier rounds.
 */
import { allocate } from './allocation.ts'
import { ADAPTIVE_BITS } from './adaptive.ts'
import { allocatedReasons } from './allocated-reasons.ts'
import { recentSamples } from './bandwidth-estimate.ts'
import { Deadlines } from './deadlines.ts'
import { bytesOf, checkRequest, type CompressionController } from './decision.ts'

/** @param seconds the time that sending may take per round */
export function budgetController(seconds: number): CompressionController {
  return {
    name: 'budget',
    choose(asked) {
      checkRequest(asked)
      const request = {
        ...asked,
        layers: asked.layers.map((demand) => ({ ...demand, needSeconds: seconds })),
        links: asked.links.map(({ id, goodputSamples }) => ({ id, goodputSamples })),
      }
      const deadlines = new Deadlines(request).within(0)
      const layers = request.layers.map(({ layer, sensitivity }, l) => ({
        sensitivity,
        budgetBytes: deadlines[l]!.budgetBytes,
        choices: ADAPTIVE_BITS.map((bits) => ({ bits, bytes: bytesOf(request, layer, bits) })),
      }))
      const chosen = allocate(layers)
      const why = allocatedReasons(request, {
        layers,
        chosen,
        deadlines,
        waitSeconds: 0,
        previousBits: () => null,
        limits: [],
        fallback: null,
      })
      return {
        round: request.round,
        controller: 'budget',
        bits: why.map((reason) => reason.bits),
        why,
        gradientNorm: request.gradientNorm,
        floorBits: null,
        waitSeconds: 0,
        fallback: null,
        links: request.links.map(({ id, goodputSamples }) => ({ id, goodputSamples: recentSamples(goodputSamples) })),
      }
    },
  }
}
