/** Names and shapes of the weights of linear layers and normalisations, and their graph inputs outside of blocks. */
import { frozenLinear } from '#main/engine/operators/frozen-weight.ts'
import { layerNorm, rmsNorm } from '#main/engine/operators/normalise.ts'
import { concatIntegers, first, reshape, shapeOf, sliceShape } from '#main/engine/operators/shape.ts'
import { matmul } from '#main/engine/operators/linear.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { ModelConfig } from '../model-config.ts'
import type { LinearTarget, WeightSpec } from './architecture.ts'

export function linearWeights({ name, inFeatures, outFeatures, bias = true, inOut = false }: LinearTarget, from: string): WeightSpec[] {
  const weight = {
    name: `${name}.weight`,
    shape: inOut ? [inFeatures, outFeatures] : [outFeatures, inFeatures],
    from,
    linear: { inFeatures, inOut },
  }
  return bias ? [weight, { name: `${name}.bias`, shape: [outFeatures], from, bias: true }] : [weight]
}

/** Works like `linearWeights`, for a layer of the embedding: it is held in float32, whatever form other matrices are stored in. */
export function embeddingLinearWeights(target: LinearTarget, from: string): WeightSpec[] {
  return linearWeights(target, from).map(({ linear: _, ...spec }) => spec)
}

/** @param bias whether it shifts, too: root-mean-square normalisation doesn't */
export function normWeights(name: string, size: number, from: string, bias = true): WeightSpec[] {
  const scale = { name: `${name}.weight`, shape: [size], from, scale: true }
  return bias ? [scale, { name: `${name}.bias`, shape: [size], from, bias: true }] : [scale]
}

/** Layer normalisation with weights that no adapter trains. */
export function plainNorm(graph: Graph, x: Value, name: string, epsilon: number): Value {
  const size = x.shape.at(-1) as number
  return layerNorm(graph, x, graph.input(`${name}.weight`, [size]), graph.input(`${name}.bias`, [size]), epsilon)
}

export function plainRmsNorm(graph: Graph, x: Value, name: string, epsilon: number): Value {
  return rmsNorm(graph, x, graph.input(`${name}.weight`, [x.shape.at(-1) as number]), epsilon)
}

/** Applies a linear layer that no adapter attaches to. @param x [rows, in] */
export function plainLinear(graph: Graph, x: Value, name: string, outFeatures: number): Value {
  const inFeatures = x.shape[1] as number
  return frozenLinear(graph, x, { name, inFeatures, outFeatures }, graph.input(`${name}.bias`, [outFeatures]))
}

/** The step from a model's output to what its classifier reads, a row per point and sequence. */
interface Pooling {
  readonly x: Value
  /** [PN, H] */
  readonly rows: Value
}

/** Takes the state of the first token. */
export function firstToken(graph: Graph, { hiddenSize: hidden }: ModelConfig): Pooling {
  const x = graph.input('x', ['P', 'N', 'S', hidden])
  return { x, rows: reshape(graph, first(graph, x, 2), graph.integers([-1, hidden]), ['PN', hidden]) }
}

/** The state of the token that `pick` [N, 1, S] names. */
export function pickedToken(graph: Graph, { hiddenSize: hidden }: ModelConfig): Pooling {
  const x = graph.input('x', ['P', 'N', 'S', hidden])
  const picked = matmul(graph, graph.input('pick', ['N', 1, 'S']), x)
  return { x, rows: reshape(graph, picked, graph.integers([-1, hidden]), ['PN', hidden]) }
}

/** @returns [P, N, H] */
export function pooled(graph: Graph, { x }: Pooling, rows: Value): Value {
  const size = rows.shape[1] as number
  const shape = concatIntegers(graph, [sliceShape(graph, shapeOf(graph, x), 0, 2), graph.integers([size])])
  return reshape(graph, rows, shape, ['P', 'N', size])
}
