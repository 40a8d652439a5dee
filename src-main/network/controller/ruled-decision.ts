/** Makes a decision from a rule that gives each layer its bits, without deadlines. */
import type { Bits } from '#main/wire/quantise.ts'
import { bytesOf, type CompressionRequest, type Decision, type LayerDemand } from './decision.ts'

interface RuledLayer {
  readonly bits: Bits
  readonly candidates: readonly Bits[]
  readonly previousBits: Bits | null
  /** The reason as one sentence for the user. */
  readonly words: string
}

export function ruledDecision(request: CompressionRequest, controller: string, rule: (demand: LayerDemand) => RuledLayer): Decision {
  const why = request.layers.map((demand) => {
    const { bits, candidates, previousBits, words } = rule(demand)
    return {
      ...demand,
      bits,
      previousBits,
      candidates: candidates.map((width) => ({ bits: width, bytes: bytesOf(request, demand.layer, width) })),
      bytes: bytesOf(request, demand.layer, bits),
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
    controller,
    bits: why.map((reason) => reason.bits),
    why,
    gradientNorm: request.gradientNorm,
    floorBits: null,
    waitSeconds: 0,
    fallback: null,
    links: request.links,
  }
}
