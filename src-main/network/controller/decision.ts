/**
 * The interface of a compression controller, which decides the bits per layer for one round's guided directions.
 *
 * One decision is made for the whole fleet. All phones must receive the same bytes, because they build the subspace that they probe in from them, so a
 * phone on a fast link can't be given finer directions than the rest. Only the tightest link counts: the one whose phone would be kept waiting first.
 */
import type { GuidanceFallback } from '#shared/events/bits-choice.ts'
import type { Bits } from '#main/wire/quantise.ts'

export interface LayerDemand {
  readonly layer: number
  /** The number of trainable values in the layer. */
  readonly values: number
  /** The weight of an error in this layer's direction, e.g. the squared norm of its gradient. */
  readonly sensitivity: number
  /** The seconds after sending starts at which a phone needs the layer; Infinity where nothing waits for it. */
  readonly needSeconds: number
}

export interface LinkGoodput {
  readonly id: string
  /** The measured bits per second, oldest first. A link that was never measured has its nominal goodput as the only sample. */
  readonly goodputSamples: readonly number[]
  /** The seconds at which this phone needs each of the request's layers, in their order. @default the layers' `needSeconds` */
  readonly needSeconds?: readonly number[]
}

export interface CompressionRequest {
  readonly round: number
  /** The layers in the order in which they are sent. */
  readonly layers: readonly LayerDemand[]
  readonly links: readonly LinkGoodput[]
  readonly gradientNorm: number
  /** The length of the round, seconds, if no layer arrives later than it is needed; 0 if unknown, and then phones are not made to wait. */
  readonly roundSeconds: number
  /** The fewest bits while the gradient norm moves by more than half. @default 4 */
  readonly floorBits?: Bits
  /** Returns the bytes of the message of layer `layer` at `bits`, everything included. */
  readonly candidateBytes: (layer: number, bits: Bits) => number
  /** Returns the bytes of the message of a layer if only its largest values are sent. @default that is not possible */
  readonly sparseBytes?: (layer: number, keptShare: number) => number
  /** True if phones have directions of earlier rounds to go on with. @default false */
  readonly canBeStale?: boolean
  /** True if the method has rounds without directions. @default false */
  readonly canDoWithout?: boolean
}

export type Fallback = GuidanceFallback

export interface LayerReason extends LayerDemand {
  readonly bits: Bits
  /** The layer's bits in the round before; null if it is new or the controller does not look back. */
  readonly previousBits: Bits | null
  /** The bits that were possible this round, with the bytes of each. */
  readonly candidates: readonly { readonly bits: Bits; readonly bytes: number }[]
  readonly bytes: number
  /** The goodput that the decision counts on; null if the controller does not look at links. */
  readonly estimateBitsPerSecond: number | null
  /** `needSeconds` plus the seconds that phones may be kept waiting. */
  readonly deadlineSeconds: number
  /** The expected arrival of the layer, seconds: the bytes up to and including it, at the estimated goodput. */
  readonly arrivalSeconds: number | null
  /** True if a deadline (and not the largest candidate) kept the layer from more bits. */
  readonly binding: boolean
  readonly missed: boolean
  /** The reason as one sentence for the user. */
  readonly words: string
}

export interface Decision {
  readonly round: number
  readonly controller: string
  /** The bits of each layer, in the order of the request. */
  readonly bits: readonly Bits[]
  readonly why: readonly LayerReason[]
  readonly gradientNorm: number
  /** The floor in force this round; null if there was none. */
  readonly floorBits: Bits | null
  /** The seconds that phones may get directions later than a layer is needed, because better directions are worth it. */
  readonly waitSeconds: number
  readonly fallback: Fallback | null
  /** The links with the samples that counted. */
  readonly links: readonly LinkGoodput[]
}

export interface CompressionController {
  readonly name: string
  choose(request: CompressionRequest): Decision
}

/** @throws if a number of the request is missing or senseless, since a decision must not rest on NaN */
export function checkRequest(request: CompressionRequest): void {
  refuse(Number.isFinite(request.gradientNorm) && request.gradientNorm >= 0, 'gradientNorm', request.gradientNorm)
  refuse(request.roundSeconds >= 0 && Number.isFinite(request.roundSeconds), 'roundSeconds', request.roundSeconds)
  for (const { layer, values, sensitivity, needSeconds } of request.layers) {
    refuse(Number.isSafeInteger(values) && values > 0, `layer ${layer}: values`, values)
    refuse(Number.isFinite(sensitivity) && sensitivity >= 0, `layer ${layer}: sensitivity`, sensitivity)
    refuse(needSeconds >= 0, `layer ${layer}: needSeconds`, needSeconds)
  }
}

/** Returns the bytes of a layer at `bits` by the request. @throws if they are no valid number */
export function bytesOf(request: CompressionRequest, layer: number, bits: Bits): number {
  const bytes = request.candidateBytes(layer, bits)
  refuse(Number.isFinite(bytes) && bytes >= 0, `layer ${layer}: bytes at ${bits} bits`, bytes)
  return bytes
}

function refuse(right: boolean, what: string, value: number): void {
  if (!right) throw new RangeError(`compression request: ${what} is ${value}`)
}
