/**
 * As many bits as arrive in time, where they matter most: the bandwidth estimate is the slowest link's 20th percentile of recent
 * goodput, the allocation a greedy ascent under prefix deadlines. A layer moves at most one candidate per round, so that the error fed
 * back stays of one size; while the gradient norm moves by more than half (a critical regime, Agarwal et al. 2021) no layer
 * goes below a floor, and the floor outranks both that limit and the deadline. Where even the least bits miss a deadline, they are sent anyway and the decision says so.
 */
import { BITS, type Bits } from '../codec/quantise.ts'
import { allocate, canRaise, prefixBytes, type AllocationLayer, type Choice } from './allocation.ts'
import { recentSamples, slowestLink } from './bandwidth-estimate.ts'
import {
  bytesOf,
  checkRequest,
  type CompressionController,
  type CompressionRequest,
  type Decision,
  type LayerDemand,
  type LayerReason,
} from './decision.ts'

export const ADAPTIVE_BITS = BITS.filter((bits) => bits < 32)
const DEFAULT_FLOOR_BITS = 4
const CRITICAL_CHANGE = 0.5

/** What one round leaves for the next: part of a checkpoint. */
export interface AdaptiveState {
  readonly gradientNorm: number | null
  /** Bits of the round before by layer number. */
  readonly bits: Readonly<Record<number, Bits>>
}

export class AdaptiveController implements CompressionController {
  readonly name = 'adaptive'
  private previous: AdaptiveState

  constructor(state: AdaptiveState = { gradientNorm: null, bits: {} }) {
    this.previous = state
  }

  get state(): AdaptiveState {
    return this.previous
  }

  choose(request: CompressionRequest): Decision {
    checkRequest(request)
    const { gradientNorm: before, bits: previousBits } = this.previous
    const estimate = slowestLink(request.links)
    const critical = before !== null && Math.abs(request.gradientNorm - before) > CRITICAL_CHANGE * before
    const floor = critical ? (request.floorBits ?? DEFAULT_FLOOR_BITS) : null

    const layers = request.layers.map((demand): AllocationLayer => {
      const choices = reachable(previousBits[demand.layer], floor).map((bits) => ({ bits, bytes: bytesOf(request, demand.layer, bits) }))
      return { sensitivity: demand.sensitivity, budgetBytes: (demand.needSeconds * estimate.bitsPerSecond) / 8, choices }
    })
    const chosen = allocate(layers)
    const sent = prefixBytes(layers, chosen)

    const why = request.layers.map((demand, index): LayerReason => {
      const layer = layers[index] as AllocationLayer
      const choice = layer.choices[chosen[index] as number] as Choice
      const missed = (sent[index] as number) > layer.budgetBytes
      const more = layer.choices.length > (chosen[index] as number) + 1
      const reason = {
        ...demand,
        ...choice,
        previousBits: previousBits[demand.layer] ?? null,
        candidates: layer.choices,
        estimateBitsPerSecond: estimate.bitsPerSecond,
        deadlineSeconds: demand.needSeconds,
        arrivalSeconds: ((sent[index] as number) * 8) / estimate.bitsPerSecond,
        binding: more && !canRaise(layers, chosen, index),
        missed,
      }
      return { ...reason, words: words(reason, floor, estimate.link) }
    })

    this.previous = { gradientNorm: request.gradientNorm, bits: Object.fromEntries(why.map(({ layer, bits }) => [layer, bits])) }
    return {
      round: request.round,
      controller: this.name,
      bits: why.map((reason) => reason.bits),
      why,
      gradientNorm: request.gradientNorm,
      previousGradientNorm: before,
      floorBits: floor,
      links: request.links.map(({ id, goodputSamples }) => ({ id, goodputSamples: recentSamples(goodputSamples) })),
      slowestLink: estimate.link,
    }
  }
}

/** Candidates within one step of what the layer had, but for the floor. */
function reachable(previous: Bits | undefined, floor: Bits | null): Bits[] {
  const at = previous === undefined ? -1 : ADAPTIVE_BITS.indexOf(previous)
  const near = at < 0 ? ADAPTIVE_BITS : ADAPTIVE_BITS.slice(Math.max(at - 1, 0), at + 2)
  if (floor === null) return [...near]
  const above = near.filter((bits) => bits >= floor)
  return above.length > 0 ? above : [ADAPTIVE_BITS.find((bits) => bits >= floor) ?? (ADAPTIVE_BITS.at(-1) as Bits)]
}

function words(reason: Omit<LayerReason, 'words'> & LayerDemand, floor: Bits | null, link: string): string {
  const { layer, bits, candidates, arrivalSeconds, deadlineSeconds, missed, binding } = reason
  const arrival = `arrives after ${arrivalSeconds?.toFixed(2)} s on ${link}, ${Number.isFinite(deadlineSeconds) ? `needed after ${deadlineSeconds.toFixed(2)} s` : 'nothing waits for it'}`
  const because = missed
    ? `deadline missed even at the least bits possible this round`
    : binding
      ? `more bits would miss a deadline`
      : `the most possible this round`
  const limits = [
    candidates.length < ADAPTIVE_BITS.length ? `candidates ${candidates.map((candidate) => candidate.bits).join(', ')}` : '',
    floor === null ? '' : `floor ${floor} while the gradient norm moves by more than half`,
  ].filter(Boolean)
  return `layer ${layer}: ${bits} ${bits === 1 ? 'bit' : 'bits'}, ${because} (${[arrival, ...limits].join('; ')})`
}
