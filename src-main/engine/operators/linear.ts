/** Matrix products. */
import { type Graph, type Operator, type Shape, type Value } from '../onnx/graph.ts'
import { broadcastShape, reduceSum, sumTo } from './broadcast.ts'
import { transpose } from './shape.ts'

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
}

const MATMUL: Operator = {
  type: 'MatMul',
  backward: (graph, { inputs: [a, b] }, [g]) => [
    sumTo(graph, matmul(graph, g!, transposeLast(graph, b!)), a!.shape),
    sumTo(graph, matmul(graph, transposeLast(graph, a!), g!), b!.shape),
  ],
}

/** @param x [rows, in] @param weight [out, in] @param bias [out] */
export function linear(graph: Graph, x: Value, weight: Value, bias?: Value): Value {
  const inputs = bias ? [x, weight, bias] : [x, weight]
  return graph.node(LINEAR, inputs, [{ shape: [x.shape[0]!, weight.shape[0]!] }], { transB: 1 })[0]!
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
