/**
 * As many bits as arrive in time, where they matter most. Estimates are 20th percentiles of recent goodput; the allocation is a greedy
 * ascent under prefix deadlines (`allocation.ts`, `deadlines.ts`). Phones may also be kept waiting for better directions, as long as that
 * gives most for the time of the round,
 *
 *     tau = argmax (sum_l sensitivity_l (1 - error(bits_l(tau))) / sum_l sensitivity_l) / (roundSeconds + tau)
 *
 * over 0 and the waits after which all layers have arrived at 1, 2, 3, ... bits, and never longer than a few such rounds. A layer moves
 * at most one candidate per round, so that the error fed back stays of one size, but falls as far as it must where phones would lose patience.
 * While the gradient norm moves by more than half (a critical regime, Agarwal et al. 2021) no layer goes below a floor, and the floor outranks
 * the deadline, but not the phones' patience. Where even the least bits outlast it, there are fallbacks (`fallback.ts`).
 */
import { BITS, type Bits } from '../codec/quantise.ts'
import { type AllocationLayer, allocate, prefixBytes, quantisationError, roughly } from './allocation.ts'
import { allocatedReasons } from './allocated-reasons.ts'
import { recentSamples, slowestLink } from './bandwidth-estimate.ts'
import { Deadlines } from './deadlines.ts'
import { bytesOf, checkRequest, type CompressionController, type CompressionRequest, type Decision } from './decision.ts'
import { fallback } from './fallback.ts'

export const ADAPTIVE_BITS = BITS.filter((bits) => bits < 32)
const DEFAULT_FLOOR_BITS = 4
const CRITICAL_CHANGE = 0.5
/** Phones are kept waiting for so many times what a round without waiting takes, at most: a guided round is worth several plain ones. */
const PATIENCE_ROUNDS = 4

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
    const { roundSeconds } = request
    const deadlines = new Deadlines(request)
    const patience = roundSeconds > 0 ? PATIENCE_ROUNDS * roundSeconds : Infinity
    const choicesOf = (candidates: readonly (readonly Bits[])[]): Choices =>
      candidates.map((widths, l) => widths.map((bits) => ({ bits, bytes: bytesOf(request, request.layers[l]!.layer, bits) })))
    const inTime = (choices: Choices): boolean => deadlines.lateSeconds(leastSent(choices)) <= patience

    const critical = before !== null && Math.abs(request.gradientNorm - before) > CRITICAL_CHANGE * before
    const wanted = critical ? (request.floorBits ?? DEFAULT_FLOOR_BITS) : null
    const all = choicesOf(request.layers.map(() => ADAPTIVE_BITS))
    const from = (floor: Bits | null): Choices => choicesOf(request.layers.map(() => ADAPTIVE_BITS.filter((bits) => bits >= (floor ?? 1))))
    const floor = wanted !== null && inTime(from(wanted)) ? wanted : null
    const near = choicesOf(request.layers.map(({ layer }) => reachable(previousBits[layer], floor)))
    const dropped = !inTime(near)
    const choices = dropped ? from(floor) : near

    const instead = inTime(all) ? null : fallback(request, deadlines, leastSent(all), patience)
    const waitSeconds = instead ? 0 : bestWait(request, deadlines, choices, all, patience)
    const layers = within(request, deadlines, choices, waitSeconds)
    const chosen = instead ? layers.map(() => 0) : allocate(layers)
    const limits = [
      floor === null ? '' : `floor ${floor} while the gradient norm moves by more than half`,
      wanted !== null && floor === null ? `no floor, although the gradient norm moves by more than half: it would take too long` : '',
      dropped && !instead ? 'fallen further than a step, since the phones would wait too long' : '',
    ]
    const why = allocatedReasons(request, {
      layers,
      chosen,
      deadlines: deadlines.within(waitSeconds),
      waitSeconds,
      previousBits: (layer) => previousBits[layer] ?? null,
      limits,
      fallback: instead,
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
      waitSeconds,
      fallback: instead,
      links: request.links.map(({ id, goodputSamples }) => ({ id, goodputSamples: recentSamples(goodputSamples) })),
      slowestLink: slowestLink(request.links).link,
    }
  }
}

type Choices = readonly AllocationLayer['choices'][]

/** Candidates within one step of what the layer had, but for the floor. */
function reachable(previous: Bits | undefined, floor: Bits | null): Bits[] {
  const at = previous === undefined ? -1 : ADAPTIVE_BITS.indexOf(previous)
  const near = at < 0 ? ADAPTIVE_BITS : ADAPTIVE_BITS.slice(Math.max(at - 1, 0), at + 2)
  if (floor === null) return [...near]
  const above = near.filter((bits) => bits >= floor)
  return above.length > 0 ? above : [ADAPTIVE_BITS.find((bits) => bits >= floor) ?? (ADAPTIVE_BITS.at(-1) as Bits)]
}

/** Sent once each layer is through, at the first of its choices. */
function leastSent(choices: Choices): number[] {
  let sent = 0
  return choices.map(([least]) => (sent += least!.bytes))
}

function within({ layers }: CompressionRequest, deadlines: Deadlines, choices: Choices, waitSeconds: number): AllocationLayer[] {
  const budgets = deadlines.within(waitSeconds)
  return layers.map(({ sensitivity }, l) => ({ sensitivity, budgetBytes: budgets[l]!.budgetBytes, choices: choices[l]! }))
}

/** The wait beyond the need times that gives most progress per second. Where no time of the round is known, none. */
function bestWait(request: CompressionRequest, deadlines: Deadlines, choices: Choices, all: Choices, patience: number): number {
  const { layers, roundSeconds } = request
  const total = layers.reduce((sum, { sensitivity }) => sum + sensitivity, 0)
  if (!(roundSeconds > 0) || !(total > 0)) return 0
  const waits = ADAPTIVE_BITS.map((_, width) => {
    let sent = 0
    return deadlines.lateSeconds(all.map((own) => (sent += own[width]!.bytes)))
  })
  let best = 0
  let bestRate = -1
  for (const waitSeconds of new Set([0, ...waits.filter((wait) => wait <= patience)])) {
    const allocation = within(request, deadlines, choices, waitSeconds)
    const chosen = roughly(allocation)
    const error = allocation.reduce(
      (sum, { sensitivity, choices: own }, l) => sum + quantisationError(sensitivity, own[chosen[l]!]!.bits),
      0,
    )
    const rate = (1 - error / total) / (roundSeconds + deadlines.lateSeconds(prefixBytes(allocation, chosen)))
    if (rate > bestRate) [best, bestRate] = [waitSeconds, rate]
  }
  return best
}
