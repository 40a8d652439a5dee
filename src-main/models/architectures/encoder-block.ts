/**
 * The block that BERT (Devlin et al. 2019) made common: attention over the whole text, then two linear layers, each branch added to the
 * stream and normalised behind. Its descendants differ in the names of the weights.
 */
import { activation } from '#main/engine/operators/activations.ts'
import { add, scale } from '#main/engine/operators/arithmetic.ts'
import { matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { softmax } from '#main/engine/operators/normalise.ts'
import { saved } from '#main/engine/operators/saved.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../model-config.ts'
import type { BlockAdapter, LinearTarget, WeightSpec } from './architecture.ts'
import { BlockParts } from './block-parts.ts'
import { linearWeights, normWeights } from './weight-specs.ts'

/** Names inside the block, without `.weight`. */
export interface EncoderNames {
  readonly query: string
  readonly key: string
  readonly value: string
  readonly output: string
  readonly intermediate: string
  readonly ffnOutput: string
  readonly attentionNorm: string
  readonly outputNorm: string
  /** The keys of config.json that name these sizes, for messages. */
  readonly keys: { readonly hidden: string; readonly intermediate: string }
}

export type EncoderTargets = Readonly<Record<string, LinearTarget>>

export function encoderTargets(names: EncoderNames, { hiddenSize, intermediateSize }: ModelConfig): EncoderTargets {
  const target = (name: string, inFeatures: number, outFeatures: number): LinearTarget => ({ name, inFeatures, outFeatures })
  return {
    query: target(names.query, hiddenSize, hiddenSize),
    key: target(names.key, hiddenSize, hiddenSize),
    value: target(names.value, hiddenSize, hiddenSize),
    output: target(names.output, hiddenSize, hiddenSize),
    intermediate: target(names.intermediate, hiddenSize, intermediateSize),
    'ffn-output': target(names.ffnOutput, intermediateSize, hiddenSize),
  }
}

export function encoderWeights(names: EncoderNames, config: ModelConfig): WeightSpec[] {
  const { hidden, intermediate } = names.keys
  return [
    ...Object.values(encoderTargets(names, config)).flatMap((target) =>
      linearWeights(target, target.inFeatures === target.outFeatures ? hidden : `${hidden}, ${intermediate}`),
    ),
    ...normWeights(names.attentionNorm, config.hiddenSize, hidden),
    ...normWeights(names.outputNorm, config.hiddenSize, hidden),
  ]
}

/** @param attend other attention than the usual: from rows to the rows that the output projection takes */
export function encoderBlock(
  graph: Graph,
  config: ModelConfig,
  adapter: BlockAdapter | null,
  names: EncoderNames,
  keptPreNorm?: Value,
  attend: (parts: BlockParts, rows: Value, targets: EncoderTargets) => Value = (parts, rows, targets) =>
    attention(parts, config, rows, targets),
): { output: Value; preNorm: Value } {
  const targets = encoderTargets(names, config)
  const parts = new BlockParts(graph, adapter, config.hiddenSize)
  const rows = parts.input
  const attended = attend(parts, rows, targets)
  const branch = add(graph, rows, parts.linear(attended, targets['output']!))
  const state = parts.norm(branch, names.attentionNorm, config.normEpsilon)

  const inner = activation(graph, parts.linear(state, targets['intermediate']!), config.activation)
  const computed = add(graph, state, parts.linear(inner, targets['ffn-output']!))
  const preNorm = keptPreNorm ? saved(graph, keptPreNorm, computed) : computed
  return { output: parts.output(parts.norm(preNorm, names.outputNorm, config.normEpsilon)), preNorm }
}

function attention(parts: BlockParts, { hiddenSize, heads }: ModelConfig, rows: Value, targets: EncoderTargets): Value {
  const { graph } = parts
  const mask = graph.input('mask', ['N', 1, 1, 'S'])
  const width = hiddenSize / heads
  const toHeads = (target: string): Value => parts.heads(parts.linear(rows, targets[target]!), heads, width)
  const [query, key, value] = [toHeads('query'), toHeads('key'), toHeads('value')]
  const scores = scale(graph, matmul(graph, query, transposeLast(graph, key)), 1 / Math.sqrt(width))
  return parts.joined(matmul(graph, softmax(graph, add(graph, scores, mask)), value))
}
