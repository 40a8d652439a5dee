/**
 * As many bits as arrive in time, where they matter most. The bandwidth estimate is the slowest link's 20th percentile of recent goodput;
 * the allocation is a greedy ascent under prefix deadlines (`allocation.ts`). Phones may also wait for better directions: deadlines are the
 * layers' need times plus a wait tau, chosen to give most for the time of the round,
 *
 *     tau = argmax (sum_l sensitivity_l (1 - 4^-bits_l(tau)) / sum_l sensitivity_l) / (roundSeconds + tau)
 *
 * over 0 and the waits after which all layers have arrived at 1, 2, 3, ... bits. A layer moves at most one candidate per round, so that
 * the error fed back stays of one size; while the gradient norm moves by more than half (a critical regime, Agarwal et al. 2021) no layer
 * goes below a floor, and the floor outranks both that limit and the deadline.
 */
import { BITS, type Bits } from '../codec/quantise.ts'
import { type AllocationLayer, allocate, prefixBytes, quantisationError, roughly } from './allocation.ts'
import { allocatedReasons } from './allocated-reasons.ts'
import { type BandwidthEstimate, recentSamples, slowestLink } from './bandwidth-estimate.ts'
import { bytesOf, checkRequest, type CompressionController, type CompressionRequest, type Decision } from './decision.ts'

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

    const candidates = request.layers.map(({ layer }) => reachable(previousBits[layer], floor))
    const within = (waitSeconds: number): AllocationLayer[] =>
      request.layers.map(({ layer, sensitivity, needSeconds }, index) => ({
        sensitivity,
        budgetBytes: ((needSeconds + waitSeconds) * estimate.bitsPerSecond) / 8,
        choices: candidates[index]!.map((bits) => ({ bits, bytes: bytesOf(request, layer, bits) })),
      }))
    const waitSeconds = bestWait(request, estimate, within)
    const layers = within(waitSeconds)
    const chosen = allocate(layers)
    const limits = [floor === null ? '' : `floor ${floor} while the gradient norm moves by more than half`]
    const why = allocatedReasons(request, layers, chosen, estimate, waitSeconds, (layer) => previousBits[layer] ?? null, limits)

    this.previous = { gradientNorm: request.gradientNorm, bits: Object.fromEntries(why.map(({ layer, bits }) => [layer, bits])) }
    return {
      round: request.round,
      controller: this.name,
      bits: why.map((reason) => reason.bits),
      why,
      gradientNorm: request.gradientNorm,
      previousGradientNorm: before,
      floorBits: floor,
      waitSeconds,
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

/** The wait beyond the need times that gives most progress per second. Where no time of the round is known, none. */
function bestWait(
  { layers, roundSeconds, candidateBytes }: CompressionRequest,
  { bitsPerSecond }: BandwidthEstimate,
  within: (waitSeconds: number) => AllocationLayer[],
): number {
  const total = layers.reduce((sum, { sensitivity }) => sum + sensitivity, 0)
  if (!(roundSeconds > 0) || !(total > 0)) return 0
  const waits = ADAPTIVE_BITS.map((bits) => {
    let sent = 0
    return Math.max(0, ...layers.map(({ layer, needSeconds }) => ((sent += candidateBytes(layer, bits)) * 8) / bitsPerSecond - needSeconds))
  })
  let best = 0
  let bestRate = -1
  for (const waitSeconds of new Set([0, ...waits])) {
    const allocation = within(waitSeconds)
    const chosen = roughly(allocation)
    const error = allocation.reduce(
      (sum, { sensitivity, choices }, l) => sum + quantisationError(sensitivity, choices[chosen[l]!]!.bits),
      0,
    )
    const late = prefixBytes(allocation, chosen).map((sent, l) => (sent * 8) / bitsPerSecond - layers[l]!.needSeconds)
    const rate = (1 - error / total) / (roundSeconds + Math.max(0, ...late))
    if (rate > bestRate) [best, bestRate] = [waitSeconds, rate]
  }
  return best
}
