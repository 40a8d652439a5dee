/**
 * What the lab needs to know of a transformer family: the names of its weights and the graphs it is made of. All layers share one
 * block graph, since weights are inputs; so layers can be streamed through one buffer.
 *
 * Dimensions: P probes (copies of the batch, each under its own trainable parameters), N sequences, S tokens, H hidden size, C classes.
 */
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../config.ts'

/** A weight: its name inside its part of the model, which is also its graph input, and its shape. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** The keys of config.json that the shape follows from, for messages. */
  readonly from: string
  /** It is a vector that is added: the shift of a linear layer or a normalisation. */
  readonly bias?: boolean
}

/** Linear layers of a block that an adapter may attach to, by the architecture-independent name scenarios use. */
export interface LinearTarget {
  /** Name of the linear layer inside the block, without `.weight`. */
  readonly name: string
  readonly inFeatures: number
  readonly outFeatures: number
}

/** A tensor that an adapter trains in every block. */
export interface TrainedTensor {
  /** Inside the block, and of its graph input [P, ...shape]. With the name of one of the block's biases it takes that bias's place. */
  readonly name: string
  readonly shape: readonly number[]
  /** The weight of the block whose values it starts from. */
  readonly stored?: WeightSpec
  /** Without one, the standard deviation of its starting values; 0 starts at zero. */
  readonly deviation: number
}

/** What a block gives an adapter to build with. Rows are [P N S, features]; by point they are [P, N S, features]. */
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

/** An adapter as blocks take it: what it trains, and how that enters at linear layers. */
export interface BlockAdapter {
  /** In the order of the flat vector. */
  readonly tensors: readonly TrainedTensor[]
  /**
   * What the block goes on with after a linear layer; `y` itself where the adapter does nothing.
   * @param x [P N S, in] its input @param y [P N S, out] its output
   */
  afterLinear(site: AdapterSite, layer: LinearTarget, x: Value, y: Value): Value
}

export interface Architecture {
  readonly modelType: string
  /** Prefix of every encoder weight ('bert.'), absent in checkpoints of the bare encoder. */
  readonly prefix: string

  embeddingWeights(config: ModelConfig): WeightSpec[]
  blockWeights(config: ModelConfig): WeightSpec[]
  poolerWeights(config: ModelConfig): WeightSpec[]
  /** Prefix of the weights of `layer`, after `prefix`. */
  blockPrefix(layer: number): string
  linearTargets(config: ModelConfig): Readonly<Record<string, LinearTarget>>

  /**
   * Inputs: `words` [T, H] rows of the word embedding with T = N S, `positions` [T, H], `types` [T, H], weights of the normalisation.
   * @returns [T, H]
   */
  embed(graph: Graph, config: ModelConfig): Value
  /**
   * Inputs: `x` [P, N, S, H], `mask` [N, 1, 1, S] (0 to attend, very negative not to), the block's weights and the adapter's tensors.
   * @param keptPreNorm read in place of the last normalisation's input, in a backward graph that kept it
   * @returns `output` [P, N, S, H] and `preNorm` [P N S, H], the last normalisation's input
   */
  block(graph: Graph, config: ModelConfig, adapter: BlockAdapter | null, keptPreNorm?: Value): { output: Value; preNorm: Value }
  /** Inputs: `x` [P, N, S, H] and the pooler's weights. @returns [P, N, H] */
  pool(graph: Graph, config: ModelConfig): Value
}
