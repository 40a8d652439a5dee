/**
 * log sum_v exp(z_v) over scores that come in slices, and its derivatives. With m the largest score so far and s = sum exp(z - m), a slice
 * makes m' = max(m, max z) and s' = s exp(m - m') + sum exp(z - m'), and the result is m + log s (Milakov and Gimelshein 2018). The
 * derivatives by z are the softmax exp(z - m) / s, so that they too are sums over slices.
 */
import type { Graph, Operator, Value } from '../onnx/graph.ts'
import { add, exp, multiply, subtract } from './arithmetic.ts'
import { reduceSum } from './broadcast.ts'

const REDUCE_MAX: Operator = { type: 'ReduceMax' }
const MAX: Operator = { type: 'Max' }
const LOG: Operator = { type: 'Log' }
const DIVIDE: Operator = { type: 'Div' }

/** @param scores [M, V] of a slice @param largest and sum [M, 1] of those before; a very negative number and 0 before the first */
export function withSlice(graph: Graph, scores: Value, largest: Value, sum: Value): { largest: Value; sum: Value } {
  const own = graph.node(REDUCE_MAX, [scores, graph.integers([1])], [{ shape: largest.shape }], { keepdims: 1 })[0]!
  const now = graph.node(MAX, [largest, own], [{ shape: largest.shape }])[0]!
  const before = multiply(graph, sum, exp(graph, subtract(graph, largest, now)))
  return { largest: now, sum: add(graph, before, reduceSum(graph, exp(graph, subtract(graph, scores, now)), [1], true)) }
}

/** Returns m + log s. */
export function logSumExp(graph: Graph, largest: Value, sum: Value): Value {
  return add(graph, largest, graph.node(LOG, [sum], [{ shape: sum.shape }])[0]!)
}

/** exp(z - m) / s of a slice, from the m and s of all. */
export function sliceSoftmax(graph: Graph, scores: Value, largest: Value, sum: Value): Value {
  return graph.node(DIVIDE, [exp(graph, subtract(graph, scores, largest)), sum], [{ shape: scores.shape }])[0]!
}
