/** The grounds on which a round's directions are coded as they are. */

/** Explains why a layer's directions have the bits they have. */
export interface BitsReason {
  readonly layer: number
  readonly bits: number
  /** The bits that the layer had in the previous round; null in the first. */
  readonly previousBits: number | null
  readonly bytes: number
  readonly candidates: readonly { readonly bits: number; readonly bytes: number }[]
  /** Squared norm of the layer's gradient. */
  readonly sensitivity: number
  /** Goodput counted on; null where the controller doesn't look at links. */
  readonly estimateBitsPerSecond: number | null
  /** Seconds after sending began; null: nothing waits for it. */
  readonly needSeconds: number | null
  readonly deadlineSeconds: number | null
  readonly arrivalSeconds: number | null
  /** A deadline kept the layer from more bits. */
  readonly binding: boolean
  readonly missed: boolean
  /** The reason in one sentence. */
  readonly words: string
}

/**
 * The replacement for full directions where the link is too slow. `sparse`: only the largest values of each direction are sent. `stale`: phones probe
 * along the directions they have, and the new ones are for the round after. `plain`: no directions are sent, and the round is plain zeroth-order.
 */
export type GuidanceFallback =
  | { readonly kind: 'sparse'; readonly keptShare: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'plain' }

export interface LinkEstimate {
  readonly phone: number
  /** The bandwidth that the decision assumed; the goodput is what the link really had at that moment. */
  readonly estimateBitsPerSecond: number
  readonly goodputBitsPerSecond: number
}
