/** A phone's answer in a round, and the work that it took. */

/** A batch as it was computed, padding included, and the forward passes made of it: what they cost. */
export interface WorkedBatch {
  readonly sequences: number
  readonly tokens: number
  /**
   * Two per direction. Of a forward-mode sweep or a backward pass, its floating-point operations over those of one forward pass, in
   * 64ths so that sums of them are exact.
   */
  readonly forwardPasses: number
}

export interface ProbeReport {
  /**
   * A scalars frame, with values as `derivatives.ts` packs them and then the seeds, where the request names how many there are; a masked
   * frame where it asks for masks.
   */
  readonly frame: Uint8Array
  /** After backpropagation, a direction frame with the change; null where a parameter is no number any more. */
  readonly difference?: Uint8Array | null
  /** The work done, one entry per step. */
  readonly batches: readonly WorkedBatch[]
}
