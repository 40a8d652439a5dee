/**
 * The interface of a transformer family: the names of its weights and the graphs it is made of. All layers share one block graph, since weights are
 * inputs; so layers can be streamed through one buffer.
 *
 * Dimensions: P probes (copies of the batch, each under its own trainable parameters), N sequences, S tokens, H hidden size, C classes.
 */
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ConfigRules } from '../config-rules.ts'
import type { ModelConfig } from '../model-config.ts'

/** A weight: its name inside its part of the model, which is also its graph input, and its shape. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** The keys of config.json that the shape follows from, for messages. */
  readonly from: string
  /** True for a vector that is added: the shift of a linear layer or a normalisation. */
  readonly bias?: boolean
  /** True for the scale of a normalisation, which starts at 1. */
  readonly scale?: boolean
  /** Present for the matrix of a linear layer, stored [in, out] or [out, in]. */
  readonly linear?: { readonly inFeatures: number; readonly inOut: boolean }
  /** True if all blocks read the same weight, so that its name has no block prefix. */
  readonly shared?: boolean
}

/** A table of the embedding part that is read row by row: its name, and the row that a token takes. */
export interface EmbeddingTable {
  /** Graph input of the rows [T, width]. */
  readonly input: string
  readonly name: string
  readonly width: number
  /** The token's id, its position from `first` on, which of two texts it belongs to, or always row 0. */
  readonly by: 'token' | 'position' | 'type' | 'none'
  /** The row of position 0. @default 0 */
  readonly first?: number
  /** The id of a token without a position, which takes the row in front of `first`. */
  readonly unplaced?: number
  /** The row that backpropagation leaves as it is, as PyTorch does with that of the padding token. */
  readonly still?: number | null
}

/** Linear layers of a block that an adapter may attach to, by the architecture-independent name scenarios use. */
export interface LinearTarget {
  /** Name of the linear layer inside the block, without `.weight`. */
  readonly name: string
  readonly inFeatures: number
  readonly outFeatures: number
  /** @default true */
  readonly bias?: boolean
  /** The weight is stored [in, out]. @default false */
  readonly inOut?: boolean
}

/** A tensor that an adapter trains in every block. */
export interface AdapterTensor {
  /** Inside the block, and of its graph input [P, ...shape]. With the name of one of the block's biases it takes that bias's place. */
  readonly name: string
  readonly shape: readonly number[]
  /** The weight of the block whose values it starts from. */
  readonly stored?: WeightSpec
  /** The standard deviation of its starting values where no weight gives them; 0 starts at zero. */
  readonly deviation: number
}

/** The parts of a block that an adapter can build with. Rows are [P N S, features]; by point they are [P, N S, features]. */
export interface AdapterSite {
  readonly graph: Graph
  /** A tensor of the adapter, [P, ...shape]. */
  tensor(name: string): Value
  /** A vector of the adapter, as [P, 1, features]: it adds to rows by point. */
  vector(name: string): Value
  byPoint(rows: Value): Value
  /** The inverse of `byPoint`. */
  rows(byPoint: Value): Value
}

/** An adapter as blocks take it: the tensors it trains, and how they enter at linear layers. */
export interface BlockAdapter {
  /** The adapter's tensors, in the order of the flat vector. */
  readonly tensors: readonly AdapterTensor[]
  /**
   * Returns the value that replaces the output of a linear layer; `y` itself where the adapter does nothing.
   * @param x [P N S, in], the layer's input @param y [P N S, out], the layer's output
   */
  afterLinear(site: AdapterSite, layer: LinearTarget, x: Value, y: Value): Value
}

/** Inputs of a block beside its activations, mask and weights: they follow from the number of tokens alone, and serve all layers. */
export type BlockInputs = Readonly<Record<string, { readonly data: Float32Array | BigInt64Array; readonly dims: readonly number[] }>>

/** The path from hidden states to the scores of all words. */
export interface LanguageHead {
  /** The weights between the hidden states and the output matrix. */
  readonly weights: readonly WeightSpec[]
  /** [V, width]: the word embedding where they are tied (`config.tied`). */
  readonly matrix: WeightSpec
  /** [V] */
  readonly bias: WeightSpec | null
  /** Inputs: `weights`. @param rows [M, H] @returns [M, width] */
  transform(graph: Graph, rows: Value): Value
}

export interface Architecture {
  readonly modelType: string
  readonly config: ConfigRules
  /** Prefix of every weight but the heads' ('bert.'), absent in checkpoints of the bare model. */
  readonly prefix: string
  /** Others that checkpoints have in its place. */
  readonly otherPrefixes?: readonly string[]
  /** The beginnings of weight names that have no prefix. */
  readonly unprefixed: readonly string[]

  embeddingTables(config: ModelConfig): EmbeddingTable[]
  /** The weights of the embedding part, its tables first. */
  embeddingWeights(config: ModelConfig): WeightSpec[]
  blockWeights(config: ModelConfig): WeightSpec[]
  /** The weights between the last block and the classifier. */
  poolerWeights(config: ModelConfig): WeightSpec[]
  /** The last linear layer of the classification head: its name without `.weight`, and whether it has a bias. */
  readonly classifier: { readonly name: string; readonly bias: boolean }
  /** Prefix of the weights of `layer`, after `prefix`. */
  blockPrefix(layer: number): string
  /** Prefix of what adapters train in `layer`, where blocks share their weights. @default that of the weights */
  adapterPrefix?(layer: number): string
  linearTargets(config: ModelConfig): Readonly<Record<string, LinearTarget>>

  /**
   * Inputs: rows of the tables [T, width] with T = N S, and the part's other weights.
   * @returns [T, H]
   */
  embed(graph: Graph, config: ModelConfig): Value
  /** @default none */
  blockInputs?(config: ModelConfig, tokens: number): BlockInputs
  /**
   * Inputs: `x` [P, N, S, H], `mask` [N, 1, 1, S] (0 to attend, very negative not to), what `blockInputs` gives, the block's weights and
   * the adapter's tensors.
   * @param keptPreNorm read in place of the last normalisation's input, in a backward graph that kept it
   * @returns `output` [P, N, S, H] and `preNorm` [P N S, H], the last normalisation's input
   */
  block(graph: Graph, config: ModelConfig, adapter: BlockAdapter | null, keptPreNorm?: Value): { output: Value; preNorm: Value }
  /** Inputs: `x` [P, N, S, H], `pick` [N, 1, S] (1 at the token to read, else 0) or not, and the pooler's weights. @returns [P, N, H] */
  pool(graph: Graph, config: ModelConfig): Value
  /** null where the lab doesn't know it. */
  languageHead(config: ModelConfig): LanguageHead | null
}

/** The name in a checkpoint of a weight of the model. */
export function fullName({ prefix, unprefixed }: Pick<Architecture, 'prefix' | 'unprefixed'>, name: string, own = prefix): string {
  return unprefixed.some((start) => name.startsWith(start)) ? name : own + name
}
