/**
 * Accordion (Agarwal et al. 2021, arXiv 2010.16248): a layer gets many bits while its gradient is in a critical regime, few otherwise,
 *
 *     critical  <=>  | |g_t| - |g_{t-1}| | >= eta |g_{t-1}|,  eta = .5
 *
 * whatever the links do. A layer seen for the first time is critical.
 */
import type { Bits } from '#main/wire/quantise.ts'
import { checkRequest, type CompressionController } from './decision.ts'
import { ruledDecision } from './ruled-decision.ts'

const ETA = 0.5

interface NormState {
  /** The norm of each layer's gradient and its bits in the round before, by layer number. */
  readonly layers: Readonly<Record<number, { readonly norm: number; readonly bits: Bits }>>
}

/** @param many bits in a critical regime @param few bits otherwise */
export class NormController implements CompressionController {
  readonly name = 'norm'
  private readonly many: Bits
  private readonly few: Bits
  private previous: NormState = { layers: {} }

  constructor(many: Bits, few: Bits) {
    this.many = many
    this.few = few
  }

  choose(request: Parameters<CompressionController['choose']>[0]): ReturnType<CompressionController['choose']> {
    checkRequest(request)
    const decision = ruledDecision(request, this.name, ({ layer, sensitivity }) => {
      const before = this.previous.layers[layer]
      const change = before ? Math.abs(Math.sqrt(sensitivity) - before.norm) : Infinity
      const critical = change >= ETA * (before?.norm ?? 0)
      const bits = critical ? this.many : this.few
      const moved = before ? `its gradient's norm moved by ${change.toPrecision(3)} from ${before.norm.toPrecision(3)}` : 'first seen'
      return {
        bits,
        candidates: [this.few, this.many],
        previousBits: before?.bits ?? null,
        words: `layer ${layer}: ${bits} ${bits === 1 ? 'bit' : 'bits'}, ${critical ? 'a critical regime' : 'no critical regime'} (${moved}; ${100 * ETA} % is critical)`,
      }
    })
    const kept = decision.why.map(({ layer, sensitivity, bits }) => [layer, { norm: Math.sqrt(sensitivity), bits }])
    this.previous = { layers: Object.fromEntries(kept) as NormState['layers'] }
    return decision
  }
}
