/**
 * The adaptive controller gives layers as many bits as arrive in time, where they matter most. Estimates are 20th percentiles of recent goodput; the
 * allocation is a greedy ascent under prefix deadlines (`allocation.ts`, `deadlines.ts`). Phones may also be kept waiting for better directions, by
 * the wait that gives most for the time of the round,
 *
 *     tau = argmax (sum_l sensitivity_l (1 - error(bits_l(tau))) / sum_l sensitivity_l) / (roundSeconds + tau)
 *
 * chosen from 0 and the waits after which all layers have arrived at 1, 2, 3, ... bits. No layer gets bits that hardly matter, however much time there
 * is, since they cost data and energy. A layer moves at most one candidate per round, so that the error fed back keeps its size, unless one step down
 * would be far too little. While the gradient norm moves by more than half (a critical regime, Agarwal et al. 2021) no layer goes below a floor, which
 * outranks the deadlines, but not such a fall. If something else is worth more than directions in time, it takes their place (`fallback.ts`).
 */
import { BITS, type Bits } from '#main/wire/quantise.ts'
import { type AllocationLayer, allocate, prefixBytes, quantisationError, roughly } from './allocation.ts'
import { allocatedReasons } from './allocated-reasons.ts'
import { recentSamples } from './bandwidth-estimate.ts'
import { Deadlines } from './deadlines.ts'
import { bytesOf, checkRequest, type CompressionController, type CompressionRequest, type Decision } from './decision.ts'
import { bestAlternative } from './fallback.ts'

export const ADAPTIVE_BITS = BITS.filter((bits) => bits < 32)
const DEFAULT_FLOOR_BITS = 4
const CRITICAL_CHANGE = 0.5
/** The share of the possible progress per second below which a single step down is not enough and a floor is too high. */
const ENOUGH = 0.75
/** The relative error from which more bits no longer matter: each layer has its part of it. */
const NEGLIGIBLE_ERROR = 1e-3

/** The part of a round's decision that the next one builds on. */
interface AdaptiveState {
  readonly gradientNorm: number | null
  /** The bits of the round before, by layer number. */
  readonly bits: Readonly<Record<number, Bits>>
}

export class AdaptiveController implements CompressionController {
  readonly name = 'adaptive'
  private previous: AdaptiveState = { gradientNorm: null, bits: {} }

  choose(request: CompressionRequest): Decision {
    checkRequest(request)
    const { gradientNorm: before, bits: previousBits } = this.previous
    const deadlines = new Deadlines(request)
    const choicesOf = (candidates: readonly (readonly Bits[])[]): Choices =>
      candidates.map((widths, l) => widths.map((bits) => ({ bits, bytes: bytesOf(request, request.layers[l]!.layer, bits) })))
    const mattering = bitsThatMatter(request)
    const all = choicesOf(mattering)
    const waitWith = (choices: Choices): Wait => bestWait(request, deadlines, choices, all)
    const free = waitWith(all)
    const near = (floor: Bits | null): Choices =>
      choicesOf(request.layers.map(({ layer }, l) => reachable(previousBits[layer], floor, mattering[l]!.at(-1)!)))

    const critical = before !== null && Math.abs(request.gradientNorm - before) > CRITICAL_CHANGE * before
    const wanted = critical ? (request.floorBits ?? DEFAULT_FLOOR_BITS) : null
    const atLeast = (floor: Bits): Choices =>
      choicesOf(
        mattering.map((widths) =>
          orLeast(
            widths.filter((bits) => bits >= floor),
            floor,
          ),
        ),
      )
    const floor = wanted !== null && waitWith(atLeast(wanted)).rate >= ENOUGH * free.rate ? wanted : null
    const stepped = waitWith(near(floor))
    const dropped = stepped.rate < ENOUGH * free.rate
    const choices = !dropped ? near(floor) : floor === null ? all : atLeast(floor)
    const { waitSeconds: worthwhile, rate } = dropped ? waitWith(choices) : stepped

    const alternative = request.roundSeconds > 0 ? bestAlternative(request, deadlines, leastSent(all)) : null
    const instead = alternative && alternative.rate > rate ? alternative.fallback : null
    const waitSeconds = instead ? 0 : worthwhile
    const layers = within(request, deadlines, choices, waitSeconds)
    const chosen = instead ? layers.map(() => 0) : allocate(layers)
    const limits = [
      floor === null ? '' : `floor ${floor} while the gradient norm moves by more than half`,
      wanted !== null && floor === null ? `no floor, although the gradient norm moves by more than half: it would take too long` : '',
      dropped && !instead ? 'further than a step, which would be too little for this link' : '',
    ]
    const why = allocatedReasons(request, {
      layers,
      chosen,
      deadlines: deadlines.within(waitSeconds),
      waitSeconds,
      previousBits: (layer) => previousBits[layer] ?? null,
      mostThatMatters: mattering.map((widths) => widths.at(-1)!),
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
      floorBits: floor,
      waitSeconds,
      fallback: instead,
      links: request.links.map(({ id, goodputSamples }) => ({ id, goodputSamples: recentSamples(goodputSamples) })),
    }
  }
}

type Choices = readonly AllocationLayer['choices'][]

/** Returns each layer's candidate bits, ascending, up to the first with negligible error. */
function bitsThatMatter({ layers }: CompressionRequest): Bits[][] {
  const total = layers.reduce((sum, { sensitivity }) => sum + sensitivity, 0)
  return layers.map(({ sensitivity }) => {
    const negligible = (NEGLIGIBLE_ERROR * total) / layers.length
    const enough = ADAPTIVE_BITS.findIndex((bits) => quantisationError(sensitivity, bits) <= negligible)
    return ADAPTIVE_BITS.slice(0, enough + 1)
  })
}

/** Returns the candidates within one step of the layer's previous bits and no more than `most`; the floor outranks both. */
function reachable(previous: Bits | undefined, floor: Bits | null, most: Bits): Bits[] {
  const at = previous === undefined ? -1 : ADAPTIVE_BITS.indexOf(previous)
  const near = at < 0 ? ADAPTIVE_BITS : ADAPTIVE_BITS.slice(Math.max(at - 1, 0), at + 2)
  const mattering = near.filter((bits) => bits <= most)
  const candidates = mattering.length > 0 ? mattering : [near[0]!]
  return floor === null
    ? candidates
    : orLeast(
        candidates.filter((bits) => bits >= floor),
        floor,
      )
}

/** Falls back to the lowest bits that the floor allows where no candidate is left. */
function orLeast(candidates: Bits[], floor: Bits): Bits[] {
  return candidates.length > 0 ? candidates : [ADAPTIVE_BITS.find((bits) => bits >= floor) ?? ADAPTIVE_BITS.at(-1)!]
}

/** Returns the bytes sent by the end of each layer, if all layers get the first of their choices. */
function leastSent(choices: Choices): number[] {
  let sent = 0
  return choices.map(([least]) => (sent += least!.bytes))
}

function within({ layers }: CompressionRequest, deadlines: Deadlines, choices: Choices, waitSeconds: number): AllocationLayer[] {
  const budgets = deadlines.within(waitSeconds)
  return layers.map(({ sensitivity }, l) => ({ sensitivity, budgetBytes: budgets[l]!.budgetBytes, choices: choices[l]! }))
}

interface Wait {
  readonly waitSeconds: number
  /** The share of the directions' energy that arrives, per second of the round. */
  readonly rate: number
}

/** Returns the wait beyond the need times that gives most progress per second; 0 if the length of the round is unknown. */
function bestWait(request: CompressionRequest, deadlines: Deadlines, choices: Choices, all: Choices): Wait {
  const { layers, roundSeconds } = request
  const total = layers.reduce((sum, { sensitivity }) => sum + sensitivity, 0)
  if (!(roundSeconds > 0) || !(total > 0)) return { waitSeconds: 0, rate: 0 }
  const waits = ADAPTIVE_BITS.map((_, width) => {
    let sent = 0
    return deadlines.lateSeconds(all.map((own) => (sent += (own[width] ?? own.at(-1)!).bytes)))
  })
  let best: Wait = { waitSeconds: 0, rate: -1 }
  for (const waitSeconds of new Set([0, ...waits])) {
    const allocation = within(request, deadlines, choices, waitSeconds)
    const chosen = roughly(allocation)
    const error = allocation.reduce(
      (sum, { sensitivity, choices: own }, l) => sum + quantisationError(sensitivity, own[chosen[l]!]!.bits),
      0,
    )
    const late = deadlines.lateSeconds(prefixBytes(allocation, chosen))
    const rate = (1 - error / total) / (roundSeconds + late)
    // The factor keeps rounding from putting a layer just beyond the wait that was chosen for it.
    if (rate > best.rate) best = { waitSeconds: late * (1 + 1e-9), rate }
  }
  return best
}
