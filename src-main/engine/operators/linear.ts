/** Matrix products and their derivatives. */
import type { Dimension, Graph, Operator, Shape, Value } from '../onnx/graph.ts'
import { sumTangents } from './arithmetic.ts'
import { broadcastShape, raised, reduceSum, sumTo } from './broadcast.ts'
import { concatIntegers, reshape, shapeOf, sliceShape, transpose } from './shape.ts'

const GEMM: Operator = { type: 'Gemm' }

/** y = x W^T + b with W stored [out, in], the layout of Hugging Face's linear layers. */
const LINEAR: Operator = {
  type: 'Gemm',
  backward: (graph, { inputs: [x, weight, bias] }, [g]) => {
    const gradients = [
      graph.node(GEMM, [g!, weight!], [{ shape: x!.shape }])[0]!,
      graph.node(GEMM, [g!, x!], [{ shape: weight!.shape }], { transA: 1 })[0]!,
    ]
    return bias ? [...gradients, reduceSum(graph, g!, [0], false)] : gradients
  },
  jvp: (graph, { inputs: [x, weight], outputs: [y] }, [t, dWeight, dBias]) => {
    const terms = [
      t && rowsOnce(graph, t, weight!.shape[0] as number, (rows) => linear(graph, rows, weight!)),
      dWeight && matmul(graph, x!, transposeLast(graph, dWeight)),
      dBias && raised(graph, dBias, 2),
    ]
    return [sumTangents(graph, y!, terms)]
  },
}

/** y = x W + b with W stored [in, out], the layout of GPT-2's `Conv1D`. */
const LINEAR_IN_OUT: Operator = {
  type: 'Gemm',
  backward: (graph, { inputs: [x, weight, bias] }, [g]) => {
    const gradients = [
      graph.node(GEMM, [g!, weight!], [{ shape: x!.shape }], { transB: 1 })[0]!,
      graph.node(GEMM, [x!, g!], [{ shape: weight!.shape }], { transA: 1 })[0]!,
    ]
    return bias ? [...gradients, reduceSum(graph, g!, [0], false)] : gradients
  },
  jvp: (graph, { inputs: [x, weight], outputs: [y] }, [t, dWeight, dBias]) => {
    const terms = [
      t && rowsOnce(graph, t, weight!.shape[1] as number, (rows) => linearInOut(graph, rows, weight!)),
      dWeight && matmul(graph, x!, dWeight),
      dBias && raised(graph, dBias, 2),
    ]
    return [sumTangents(graph, y!, terms)]
  },
}

const MATMUL: Operator = {
  type: 'MatMul',
  backward: (graph, { inputs: [a, b] }, [g]) => [
    sumTo(graph, matmul(graph, g!, transposeLast(graph, b!)), a!.shape),
    sumTo(graph, matmul(graph, transposeLast(graph, a!), g!), b!.shape),
  ],
  jvp: (graph, { inputs: [a, b], outputs: [y] }, [ta, tb]) => {
    const rank = y!.shape.length
    const terms = [ta && matmul(graph, raised(graph, ta, rank), b!), tb && matmul(graph, a!, raised(graph, tb, rank))]
    return [sumTangents(graph, y!, terms)]
  },
}

/** @param x [rows, in] @param weight [out, in] @param bias [out] */
export function linear(graph: Graph, x: Value, weight: Value, bias?: Value): Value {
  const inputs = bias ? [x, weight, bias] : [x, weight]
  return graph.node(LINEAR, inputs, [{ shape: [x.shape[0]!, weight.shape[0]!] }], { transB: 1 })[0]!
}

/** @param x [rows, in] @param weight [in, out] @param bias [out] */
export function linearInOut(graph: Graph, x: Value, weight: Value, bias?: Value): Value {
  const inputs = bias ? [x, weight, bias] : [x, weight]
  return graph.node(LINEAR_IN_OUT, inputs, [{ shape: [x.shape[0]!, weight.shape[1]!] }])[0]!
}

/** A linear map of tangents [K, rows, in]: one product over all rows of all tangents. */
export function rowsOnce(graph: Graph, t: Value, outFeatures: number, map: (rows: Value) => Value): Value {
  const [copies, rows, inFeatures] = t.shape as [Dimension, Dimension, number]
  const flat = map(reshape(graph, t, graph.integers([-1, inFeatures]), [`${copies}*${rows}`, inFeatures]))
  const target = concatIntegers(graph, [sliceShape(graph, shapeOf(graph, t), 0, 2), graph.integers([outFeatures])])
  return reshape(graph, flat, target, [copies, rows, outFeatures])
}

/** Batched product over the last two dimensions, the others broadcast. */
export function matmul(graph: Graph, a: Value, b: Value): Value {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape: Shape = [...batch, a.shape.at(-2)!, b.shape.at(-1)!]
  return graph.node(MATMUL, [a, b], [{ shape }])[0]!
}

export function transposeLast(graph: Graph, x: Value): Value {
  const rank = x.shape.length
  const order = [...Array(rank).keys()]
  ;[order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2]
  return transpose(graph, x, order)
}
