/**
 * Plans a sweep so that its memory is bounded whatever the batch and the number of points: groups of points that go through the layers together, the
 * layer in which each point joins, and calls of a graph.
 */
import type { ModelConfig } from '#main/models/model-config.ts'

/** The most sequences in one call of a graph: more gain nothing and cost memory. */
export const SEQUENCES_PER_CALL = 32

export interface SweepBudget {
  /** The bytes of the widest activation inside one call. */
  readonly activationBytes: number
  /** The bytes of hidden states kept between blocks; points beyond that make another pass over the weights. */
  readonly stateBytes: number
}

/** The budget without a cap. Larger calls would be slower, since values between two operators would no longer fit the processor's caches. */
export const AMPLE: SweepBudget = { activationBytes: 6 * 2 ** 20, stateBytes: 64 * 2 ** 20 }

export interface BatchSize {
  readonly sequences: number
  readonly tokens: number
}

/** The rows that one call computes: [from, to) of a group on all sequences, or one row on a part of them. A row is a copy of the batch. */
export interface SweepCall {
  readonly from: number
  readonly to: number
  /** The index of the call's first sequence in the batch, then the number of its sequences. */
  readonly first: number
  readonly sequences: number
}

/** Divides points into groups that pass over the weights together, as evenly as possible. @returns the size of each group; for no points, one of 0 */
export function groupSizes({ hiddenSize }: ModelConfig, { sequences, tokens }: BatchSize, points: number, budget = AMPLE): number[] {
  const most = Math.max(1, Math.floor(budget.stateBytes / (4 * sequences * tokens * hiddenSize)))
  const groups = Math.max(1, Math.ceil(points / most))
  return Array.from({ length: groups }, (_, i) => Math.floor(((i + 1) * points) / groups) - Math.floor((i * points) / groups))
}

export interface SweepGroup {
  /** The indices of the group's points; those that move in a lower layer come first. */
  readonly points: readonly number[]
  /** For each layer, the head last, the number of points that move in it or below, and so have activations of their own from there on. */
  readonly joined: readonly number[]
}

/** @param joins for each point, the lowest layer in which it moves; the head's index also for a point that moves nothing */
export function groupsOf(config: ModelConfig, batch: BatchSize, joins: readonly number[], budget: SweepBudget): SweepGroup[] {
  const order = joins.map((_, point) => point).sort((a, b) => joins[a]! - joins[b]! || a - b)
  let done = 0
  return groupSizes(config, batch, joins.length, budget).map((size) => {
    const points = order.slice(done, (done += size))
    const joined = Array.from({ length: config.layers + 1 }, (_, layer) => points.filter((point) => joins[point]! <= layer).length)
    return { points, joined }
  })
}

/** Returns the number of rows that a layer computes: one for each point that has joined, and one that the other points share. */
export function rowsIn({ points, joined }: SweepGroup, layer: number): number {
  return Math.min(points.length, joined[layer]! + 1)
}

/** Returns the calls that compute `rows` rows on a batch, in the order of [rows, N]. */
export function callsOf(config: ModelConfig, { sequences, tokens }: BatchSize, rows: number, budget = AMPLE): SweepCall[] {
  const widest = Math.max(config.intermediateSize, config.heads * tokens)
  const bounded = Math.floor(budget.activationBytes / (4 * widest * tokens))
  const together = Math.max(1, Math.min(SEQUENCES_PER_CALL, bounded))
  const copies = Math.max(1, Math.floor(together / sequences))
  const parts = Math.ceil(sequences / together)
  const starts = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * sequences) / parts))
  const calls: SweepCall[] = []
  for (let from = 0; from < rows; from += copies) {
    const to = Math.min(rows, from + copies)
    for (let i = 0; i < parts; i++) calls.push({ from, to, first: starts[i]!, sequences: starts[i + 1]! - starts[i]! })
  }
  return calls
}
