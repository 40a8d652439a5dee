/**
 * The loss of the next word and its derivatives, the output matrix in slices of the vocabulary: M hidden states as the language-model head
 * leaves them, `rows` [M, W]; `words` [V, W] of a slice; `targets` [M, W], the matrix's rows of the words that come next. The cross-entropy
 * of a state is log sum_v exp(rows . words_v) - rows . target.
 */
import { Graph, type Value } from '#main/engine/onnx/graph.ts'
import { differentiate } from '#main/engine/onnx/differentiate.ts'
import { forwardDifferentiate } from '#main/engine/onnx/forward-differentiate.ts'
import { add, multiply, negate, subtract } from '#main/engine/operators/arithmetic.ts'
import { reduceSum } from '#main/engine/operators/broadcast.ts'
import { linear, matmul, transposeLast } from '#main/engine/operators/linear.ts'
import { logSumExp, sliceSoftmax, withSlice } from '#main/engine/operators/log-sum-exp.ts'
import { transpose } from '#main/engine/operators/shape.ts'
import type { LanguageHead } from './architectures/architecture.ts'

interface Slice {
  readonly graph: Graph
  readonly rows: Value
  readonly words: Value
  readonly scores: Value
  readonly largest: Value
  readonly sum: Value
}

function slice(width: number): Slice {
  const graph = new Graph()
  const [rows, words] = [graph.input('rows', ['M', width]), graph.input('words', ['V', width])]
  const [largest, sum] = [graph.input('largest', ['M', 1]), graph.input('sum', ['M', 1])]
  return { graph, rows, words, scores: linear(graph, rows, words), largest, sum }
}

/** Builds the graph from hidden states [M, H] to `rows` [M, W]: output `output`. */
export function wordStates({ transform }: LanguageHead, hidden: number): Graph {
  const graph = new Graph()
  graph.output('output', transform(graph, graph.input('x', ['M', hidden])))
  return graph
}

/** Adds input `d x` [K, M, H]; output `d output` [K, M, W]. */
export function wordStateTangents({ transform }: LanguageHead, hidden: number): Graph {
  const graph = new Graph()
  const x = graph.input('x', ['M', hidden])
  const output = transform(graph, x)
  const given = new Map([[x, graph.input('d x', ['K', 'M', hidden])]])
  graph.output('d output', forwardDifferentiate(graph, given, [output])[0]!)
  return graph
}

/** Adds input `dy` [M, W]; outputs `d x` and the gradients of the head's weights. */
export function wordStateGradients({ transform }: LanguageHead, hidden: number): Graph {
  const graph = new Graph()
  const output = transform(graph, graph.input('x', ['M', hidden]))
  const wrt = [...graph.inputs]
  const gradients = differentiate(graph, output, graph.input('dy', output.shape), wrt)
  wrt.forEach((value, i) => graph.output(`d ${value.name}`, gradients[i]!))
  return graph
}

/** Outputs `nextLargest` and `nextSum` [M, 1]. */
export function sliceValues(width: number): Graph {
  const { graph, scores, largest, sum } = slice(width)
  const next = withSlice(graph, scores, largest, sum)
  graph.output('nextLargest', next.largest)
  graph.output('nextSum', next.sum)
  return graph
}

/** Builds a slice's contribution to the tangents of log sum exp. Inputs `d rows` [K, M, W], `before` [K, M, 1]; output `moved` [K, M, 1]. */
export function sliceTangents(width: number): Graph {
  const { graph, words, scores, largest, sum } = slice(width)
  const moves = matmul(graph, graph.input('d rows', ['K', 'M', width]), transposeLast(graph, words))
  const along = reduceSum(graph, multiply(graph, moves, sliceSoftmax(graph, scores, largest, sum)), [2], true)
  graph.output('moved', add(graph, graph.input('before', ['K', 'M', 1]), along))
  return graph
}

/** Builds a slice's contribution to the gradients. Inputs `weights` [M, 1], `before` [M, W]; outputs `d rows` [M, W] and `d words` [V, W]. */
export function sliceGradients(width: number): Graph {
  const { graph, rows, words, scores, largest, sum } = slice(width)
  const flowing = multiply(graph, sliceSoftmax(graph, scores, largest, sum), graph.input('weights', ['M', 1]))
  graph.output('d rows', add(graph, graph.input('before', ['M', width]), matmul(graph, flowing, words)))
  graph.output('d words', matmul(graph, transpose(graph, flowing, [1, 0]), rows))
  return graph
}

/** Inputs `rows`, `targets`, `largest`, `sum`; outputs `losses` and `scores` [M, 1], the targets' own. */
export function targetValues(width: number): Graph {
  const graph = new Graph()
  const [rows, targets] = [graph.input('rows', ['M', width]), graph.input('targets', ['M', width])]
  const scores = reduceSum(graph, multiply(graph, rows, targets), [1], true)
  const total = logSumExp(graph, graph.input('largest', ['M', 1]), graph.input('sum', ['M', 1]))
  graph.output('losses', subtract(graph, total, scores))
  graph.output('scores', scores)
  return graph
}

/** Inputs `moved` [K, M, 1], `d rows` [K, M, W], `targets`; output `d losses` [K, M, 1]. */
export function targetTangents(width: number): Graph {
  const graph = new Graph()
  const product = multiply(graph, graph.input('d rows', ['K', 'M', width]), graph.input('targets', ['M', width]))
  graph.output('d losses', subtract(graph, graph.input('moved', ['K', 'M', 1]), reduceSum(graph, product, [2], true)))
  return graph
}

/** Inputs `before` [M, W], `weights` [M, 1], `rows`, `targets`; outputs `d rows` and `d targets` [M, W]. */
export function targetGradients(width: number): Graph {
  const graph = new Graph()
  const [rows, targets, weights] = [
    graph.input('rows', ['M', width]),
    graph.input('targets', ['M', width]),
    graph.input('weights', ['M', 1]),
  ]
  graph.output('d rows', subtract(graph, graph.input('before', ['M', width]), multiply(graph, targets, weights)))
  graph.output('d targets', negate(graph, multiply(graph, rows, weights)))
  return graph
}
