/** Predicts the working memory of backpropagation's graphs: the runtime of each session keeps what its largest run took. */
import type { Graph } from '#main/engine/onnx/graph.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { mostAlive } from '#main/engine/onnx/most-alive.ts'
import { dimensions } from '#main/models/model-flops.ts'
import { type Trained, classifierBackward, embedBackward, embedForward } from '#main/models/graphs.ts'
import { type HeadSpec, languageHeadOf } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import {
  sliceGradients,
  sliceValues,
  targetGradients,
  targetValues,
  wordStateGradients,
  wordStates,
} from '#main/models/next-word-graphs.ts'
import { SLICE_WORDS } from '#main/models/weights.ts'
import { STATES } from '#main/training/heads/next-words.ts'
import type { BatchSize } from '#main/training/sweep-plan.ts'

/** The arrays per state until the whole batch is scored: the state itself, the head's output for it, the next word's row, and its gradient. */
const OF_A_SCORED_STATE = 4

export function workingElements(
  { architecture, config }: Model,
  { primal, linear: [backward, first] }: Linearised,
  head: HeadSpec,
  trained: Trained,
  batch: BatchSize,
): number {
  const rows = batch.sequences * batch.tokens
  const sizes = { ...dimensions(batch, 1), T: rows, M: Math.min(STATES, rows), V: Math.min(SLICE_WORDS, config.vocabularySize) }
  const sumOf = (graphs: readonly Graph[]): number => graphs.reduce((sum, graph) => sum + mostAlive(graph, sizes), 0)
  const embedding = embedForward(architecture, config)
  // When the embedding part is trained the first block is like the others.
  const ends = trained === 'all' ? [embedding, embedBackward(architecture, config)] : [embedding, first!]
  const body = sumOf([primal, backward!, ...ends])
  if (typeof head === 'number' || head.kind !== 'next-word') return body + sumOf([classifierBackward(architecture, config, head, trained)])
  const language = languageHeadOf(architecture, config)
  const width = language.matrix.shape[1] as number
  const scoring = [
    wordStates(language, config.hiddenSize),
    sliceValues(width),
    targetValues(width),
    wordStateGradients(language, config.hiddenSize),
    sliceGradients(width),
    targetGradients(width),
  ]
  return body + sumOf(scoring) + OF_A_SCORED_STATE * rows * width
}
