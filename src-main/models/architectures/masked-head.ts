/** The head that encoders are pretrained with: a linear layer and a normalisation, then the word embedding again (Devlin et al. 2019). */
import { activation, type Activation } from '#main/engine/operators/activations.ts'
import type { ModelConfig } from '../model-config.ts'
import type { LanguageHead } from './architecture.ts'
import { linearWeights, normWeights, plainLinear, plainNorm } from './weight-specs.ts'

/** Names without `.weight` and `.bias`; `bias` is that of the words. */
interface MaskedHeadNames {
  readonly dense: string
  readonly norm: string
  readonly bias: string
  /** Weights of the word embedding, and of the output matrix where it is one of its own. */
  readonly words: string
  readonly own: string
}

export function maskedHead(
  { vocabularySize, hiddenSize, embeddingSize: width = hiddenSize, activation: usual, normEpsilon, tied }: ModelConfig,
  names: MaskedHeadNames,
  kind: Activation = usual,
): LanguageHead {
  const { dense } = names
  return {
    weights: [
      ...linearWeights({ name: dense, inFeatures: hiddenSize, outFeatures: width }, 'hidden_size'),
      ...normWeights(names.norm, width, 'hidden_size'),
    ],
    matrix: { name: tied ? names.words : names.own, shape: [vocabularySize, width], from: 'vocab_size' },
    bias: { name: names.bias, shape: [vocabularySize], from: 'vocab_size', bias: true },
    transform(graph, rows) {
      return plainNorm(graph, activation(graph, plainLinear(graph, rows, dense, width), kind), names.norm, normEpsilon)
    },
  }
}
