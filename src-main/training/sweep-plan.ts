/** How a sweep is cut so that its memory is bounded whatever the batch and the number of points: groups of points, and calls of a graph. */
import type { ModelConfig } from '#main/models/config.ts'

/** More sequences than this in one call of a graph gain nothing and cost memory. */
export const SEQUENCES_PER_CALL = 32

/** Bytes of the widest activation inside one call. Larger products are no faster: the weights are already reused some hundred times. */
const ACTIVATION_BYTES = 2 * 2 ** 20

/** Bytes of hidden states kept between blocks; points beyond that make another pass over the weights. */
const STATE_BYTES = 8 * 2 ** 20

export interface BatchSize {
  readonly sequences: number
  readonly tokens: number
}

/** What one call computes: points [from, to) of a group on all sequences, or one point on a part of them. */
export interface Call {
  readonly from: number
  readonly to: number
  /** Index of its first sequence in the batch, and how many. */
  readonly first: number
  readonly sequences: number
}

/** Points that make one pass over the weights together, as even as they can be. @returns the size of each group, 1 at least */
export function groupSizes({ hiddenSize }: ModelConfig, { sequences, tokens }: BatchSize, points: number): number[] {
  const most = Math.max(1, Math.floor(STATE_BYTES / (4 * sequences * tokens * hiddenSize)))
  const groups = Math.ceil(points / most)
  return Array.from({ length: groups }, (_, i) => Math.floor(((i + 1) * points) / groups) - Math.floor((i * points) / groups))
}

/** The calls that compute `points` points on a batch, in the order of the rows [points, N]. */
export function callsOf(config: ModelConfig, { sequences, tokens }: BatchSize, points: number): Call[] {
  const widest = Math.max(config.intermediateSize, config.heads * tokens)
  const bounded = Math.floor(ACTIVATION_BYTES / (4 * widest * tokens))
  const together = Math.max(1, Math.min(SEQUENCES_PER_CALL, bounded))
  const copies = Math.max(1, Math.floor(together / sequences))
  const parts = Math.ceil(sequences / together)
  const starts = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * sequences) / parts))
  const calls: Call[] = []
  for (let from = 0; from < points; from += copies) {
    const to = Math.min(points, from + copies)
    for (let i = 0; i < parts; i++) calls.push({ from, to, first: starts[i]!, sequences: starts[i + 1]! - starts[i]! })
  }
  return calls
}
