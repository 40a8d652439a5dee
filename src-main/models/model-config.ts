/** The part of a model's `config.json` that decides its shapes and arithmetic, under names that all architectures share. */
import type { Activation } from '#main/engine/operators/activations.ts'

/** The kinds of classifier output, as transformers names them. */
export const PROBLEM_TYPES = ['single_label_classification', 'multi_label_classification', 'regression'] as const
export type ProblemType = (typeof PROBLEM_TYPES)[number]

export interface ModelConfig {
  /** `model_type`. */
  readonly modelType: string
  /** Class names of the checkpoint's heads, e.g. `BertForMaskedLM`. */
  readonly architectures: readonly string[]
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly vocabularySize: number
  /** Longest sequence the model takes, in tokens. */
  readonly maxPositions: number
  /** 0 where the model knows no token types. */
  readonly typeVocabularySize: number
  /** Added to the variance inside every normalisation. */
  readonly normEpsilon: number
  readonly activation: Activation
  /** Standard deviation of freshly drawn weights. */
  readonly initializerRange: number
  /** The token that classifiers of decoders pass over at the end of a row, and whose row of the embedding doesn't learn. */
  readonly padTokenId: number | null
  /** True if the output matrix is the word embedding. */
  readonly tied: boolean
  /** The kind of the classifier's outputs; null where the config doesn't say. */
  readonly problem: ProblemType | null
  /** Class names in the order of the logits, where the checkpoint names them. */
  readonly labels: readonly string[] | null
  /** Number of classes, where the checkpoint says it. */
  readonly labelCount: number | null
  /** Width of the word embedding where it isn't the hidden size. */
  readonly embeddingSize?: number
  /** Width of what the classifier reads where it isn't the hidden size. */
  readonly pooledSize?: number
  /** Present for models that read from left to right. */
  readonly decoder?: DecoderConfig
  /** Present for models whose attention depends on the distance between two tokens. */
  readonly relative?: RelativeConfig
}

export interface DecoderConfig {
  /** Several query heads may share one key and value. */
  readonly keyValueHeads: number
  /** Features of a head; heads times it need not be the hidden size. */
  readonly headSize: number
  /** Tokens that a token sees, itself included; null for all before it. */
  readonly window: number | null
  readonly rotary: RotaryConfig | null
  /** True if each branch is normalised behind and not in front. @default false */
  readonly normalisesBehind?: boolean
  /** Tells which linear layers of a block have a bias. */
  readonly biases: { readonly query: boolean; readonly output: boolean; readonly feedForward: boolean }
  /** True if queries and keys are normalised, head by head. */
  readonly normalisesHeads: boolean
}

/** Rotary position embedding (Su et al. 2021), stretched to longer texts in one of the ways in use. */
export interface RotaryConfig {
  readonly theta: number
  readonly scaling:
    | { readonly kind: 'none' }
    | { readonly kind: 'linear'; readonly factor: number }
    | {
        readonly kind: 'llama3'
        readonly factor: number
        readonly lowFactor: number
        readonly highFactor: number
        readonly original: number
      }
    | {
        readonly kind: 'yarn'
        readonly factor: number
        readonly betaFast: number
        readonly betaSlow: number
        readonly original: number
        readonly attentionFactor: number
        /** True if the ramp begins and ends at whole pairs. */
        readonly whole: boolean
      }
}

/** Disentangled attention (He et al. 2020). */
export interface RelativeConfig {
  /** Buckets on either side; distances beyond the first half of them share buckets logarithmically. 0: one for each distance. */
  readonly buckets: number
  /** The largest distance that has an embedding of its own. */
  readonly maxDistance: number
  readonly kinds: { readonly contentToPosition: boolean; readonly positionToContent: boolean }
  /** True if the embeddings of distances are normalised. */
  readonly normalised: boolean
}

/** The token at the end of rows that a classifier passes over: only those of decoders read the end. */
export function passedIdOf({ decoder, padTokenId }: ModelConfig): number | null {
  return decoder ? padTokenId : null
}
