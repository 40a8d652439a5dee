/** The gradients of a round's public batch, as the cloud codes them for phones. */

export interface Guidance {
  /** The coded directions: one per class present in the batch, or one in all. */
  readonly frames: readonly Uint8Array[]
  /** Code bytes of each layer over all frames; the head is the last entry. */
  readonly layerBytes: readonly number[]
  /** Squared norm of each layer's gradient, summed over classes. */
  readonly layerSquaredNorms: readonly number[]
  /** The mean loss on the public batch. */
  readonly loss: number
  /** Token rows computed, padding included. */
  readonly batches: readonly { readonly sequences: number; readonly tokens: number }[]
}

export interface GuideOptions {
  /** The share of values, those of largest magnitude, that are sent alone. @default all, with the bits asked for */
  readonly keptShare?: number
  /** True for directions of a later round: the cloud receives them when the phones do. @default false */
  readonly hold?: boolean
}
