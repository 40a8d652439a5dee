/** What the graphs of a model cost, counted from the graphs that really run. */
import { flops, type Sizes } from '#main/engine/onnx/flops.ts'
import type { Graph } from '#main/engine/onnx/graph.ts'
import type { Architecture, BlockAdapter } from './architectures/architecture.ts'
import type { ModelConfig } from './model-config.ts'
import { blockForward, blockGradients, classifierBackward, classifierForward } from './graphs.ts'

export interface BatchShape {
  readonly sequences: number
  readonly tokens: number
}

/** FLOP per block, and of the head as the last entry. */
export interface ModelFlops {
  /** `copies` forward passes of a batch in one sweep. */
  forward(batch: BatchShape, copies: number): number[]
  /** One backward pass for the gradient of the adapter and the classifier, from what the forward pass left behind. */
  backward(batch: BatchShape): number[]
}

export function modelFlops(architecture: Architecture, config: ModelConfig, adapter: BlockAdapter | null, classes: number): ModelFlops {
  const block = blockForward(architecture, config, adapter)
  const head = classifierForward(architecture, config, classes)
  const [upper, lower] = blockGradients(architecture, config, adapter, 'adapter').linear
  const headBackward = classifierBackward(architecture, config, classes, 'adapter')
  const perLayer = (graphs: (layer: number) => Graph, last: Graph, sizes: Sizes): number[] => [
    ...Array.from({ length: config.layers }, (_, layer) => flops(graphs(layer), sizes)),
    flops(last, sizes),
  ]
  return {
    forward: (batch, copies) => perLayer(() => block, head, dimensions(batch, copies)),
    backward: (batch) => perLayer((layer) => (layer === 0 ? lower! : upper!), headBackward, dimensions(batch, 1)),
  }
}

/** Sizes of the symbolic dimensions of a model's graphs. */
export function dimensions({ sequences, tokens }: BatchShape, copies: number): Sizes {
  const rows = sequences * tokens
  return { P: copies, N: sequences, S: tokens, NS: rows, PN: copies * sequences, PNS: copies * rows }
}
