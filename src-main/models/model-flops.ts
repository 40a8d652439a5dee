/** Counts the floating-point operations of a model from the graphs that really run. */
import { flops, type Sizes } from '#main/engine/onnx/graph-flops.ts'
import type { Graph } from '#main/engine/onnx/graph.ts'
import type { Architecture, BlockAdapter } from './architectures/architecture.ts'
import type { ModelConfig } from './model-config.ts'
import { type HeadSpec, languageHeadOf } from './head-spec.ts'
import { type Trained, blockForward, blockGradients, classifierBackward, classifierForward } from './graphs.ts'

export interface BatchShape {
  readonly sequences: number
  readonly tokens: number
}

/** Floating-point operations per block, with the head as the last entry. */
export interface ModelFlops {
  /** The cost of `copies` forward passes of a batch in one sweep. */
  forward(batch: BatchShape, copies: number): number[]
  /** The cost of one backward pass for the gradient of the trained parameters and the classifier, given the activations of the forward pass. */
  backward(batch: BatchShape): number[]
}

/** @param trained the parameters whose gradient backward passes compute */
export function modelFlops(
  architecture: Architecture,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  spec: HeadSpec,
  trained: Trained = 'adapter',
): ModelFlops {
  const block = blockForward(architecture, config, adapter)
  if (typeof spec !== 'number' && spec.kind === 'next-word') return nextWordFlops(architecture, config, adapter)
  const head = classifierForward(architecture, config, spec)
  const [upper, lower] = blockGradients(architecture, config, adapter, trained).linear
  const headBackward = classifierBackward(architecture, config, spec, trained)
  const perLayer = (graphs: (layer: number) => Graph, last: Graph, sizes: Sizes): number[] => [
    ...Array.from({ length: config.layers }, (_, layer) => flops(graphs(layer), sizes)),
    flops(last, sizes),
  ]
  return {
    forward: (batch, copies) => perLayer(() => block, head, dimensions(batch, copies)),
    backward: (batch) => perLayer((layer) => (layer === 0 ? lower! : upper!), headBackward, dimensions(batch, 1)),
  }
}

/** Adds to the cost of the blocks the products with the output matrix: one in a forward pass, two in the backward pass. */
function nextWordFlops(architecture: Architecture, config: ModelConfig, adapter: BlockAdapter | null): ModelFlops {
  const blocks = modelFlops(architecture, config, adapter, 1)
  const head = (batch: BatchShape): number => scoreFlops(architecture, config, batch.sequences * Math.max(0, batch.tokens - 1))
  return {
    forward: (batch, copies) => [...blocks.forward(batch, copies).slice(0, -1), copies * head(batch)],
    backward: (batch) => [...blocks.backward(batch).slice(0, -1), 2 * head(batch)],
  }
}

/** Returns the operations of scoring all words for this many states. */
export function scoreFlops(architecture: Architecture, config: ModelConfig, states: number): number {
  const [words, width] = languageHeadOf(architecture, config).matrix.shape as [number, number]
  return 2 * states * words * width
}

/** Returns the sizes of the symbolic dimensions of a model's graphs. */
export function dimensions({ sequences, tokens }: BatchShape, copies: number): Sizes {
  const rows = sequences * tokens
  return { P: copies, N: sequences, S: tokens, NS: rows, PN: copies * sequences, PNS: copies * rows }
}
