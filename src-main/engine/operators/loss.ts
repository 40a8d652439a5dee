/** The cross-entropy of class labels. */
import { type Graph, type Operator, type Value } from '../onnx/graph.ts'
import { multiply, negate } from './arithmetic.ts'
import { reduceSum } from './broadcast.ts'
import { logSoftmax } from './normalise.ts'

const ONE_HOT: Operator = { type: 'OneHot' }
const REDUCE_SUM_LAST: Operator = {
  type: 'ReduceSum',
  backward: (graph, { inputs: [x] }, [g]) => [multiply(graph, g!, onesLike(graph, x!))],
  jvp: (graph, _node, [t]) => [reduceSum(graph, t!, [t!.shape.length - 1], true)],
}

/**
 * -log softmax(logits)[label] of every row.
 * @param logits [..., N, C] @param labels int64 [N], each in [0, C)
 * @returns [..., N, 1]
 */
export function crossEntropy(graph: Graph, logits: Value, labels: Value, classes: number): Value {
  return softCrossEntropy(graph, logits, oneHot(graph, labels, classes))
}

/** -sum_c targets[c] log softmax(logits)[c] of every row. @param targets broadcasts to `logits` [..., C] @returns [..., 1] */
export function softCrossEntropy(graph: Graph, logits: Value, targets: Value): Value {
  const picked = multiply(graph, logSoftmax(graph, logits), targets)
  const axis = picked.shape.length - 1
  const shape = [...picked.shape.slice(0, -1), 1]
  const sum = graph.node(REDUCE_SUM_LAST, [picked, graph.integers([axis])], [{ shape }], { keepdims: 1 })[0]!
  return negate(graph, sum)
}

function oneHot(graph: Graph, labels: Value, classes: number): Value {
  const depth = graph.constant([classes], [], 'int64')
  const shape = [...labels.shape, classes]
  return graph.node(ONE_HOT, [labels, depth, graph.constant([0, 1])], [{ type: 'float32', shape }], { axis: -1 })[0]!
}

/** Ones that broadcast a [..., 1] gradient over the last dimension of `x`. */
function onesLike(graph: Graph, x: Value): Value {
  const last = x.shape.at(-1) as number
  return graph.constant(Array<number>(last).fill(1), [last])
}
