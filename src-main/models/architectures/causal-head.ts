/** The head of models that read from left to right: the last normalisation, then the word embedding again or a matrix of its own. */
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../model-config.ts'
import type { LanguageHead, WeightSpec } from './architecture.ts'

/** @param weights of the normalisation @param words name of the word embedding */
export function causalHead(
  { vocabularySize, hiddenSize, tied }: Pick<ModelConfig, 'vocabularySize' | 'hiddenSize' | 'tied'>,
  weights: readonly WeightSpec[],
  words: string,
  normalise: (graph: Graph, rows: Value) => Value,
): LanguageHead {
  return {
    weights,
    matrix: { name: tied ? words : 'lm_head.weight', shape: [vocabularySize, hiddenSize], from: 'vocab_size, hidden size' },
    bias: null,
    transform: normalise,
  }
}
