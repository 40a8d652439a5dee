/** One graph per operator and way of broadcasting, for the tests of its derivatives. */
import { activation, tanh } from '#main/engine/operators/activations.ts'
import { add, exp, multiply, scale, subtract } from '#main/engine/operators/arithmetic.ts'
import { gatherLast } from '#main/engine/operators/gather.ts'
import { linear, linearInOut, matmul } from '#main/engine/operators/linear.ts'
import { crossEntropy } from '#main/engine/operators/loss.ts'
import { layerNorm, logSoftmax, rmsNorm, softmax } from '#main/engine/operators/normalise.ts'
import { concat, slice } from '#main/engine/operators/pieces.ts'
import { first, reshape, transpose } from '#main/engine/operators/shape.ts'
import type { Graph, Value } from '#main/engine/onnx/graph.ts'
import type { Feeds } from '#main/engine/runtime/onnx-session.ts'

/** A small graph: shapes of its float inputs `x0`, `x1`, ..., and what it computes from them. */
export type OperatorCase = { shapes: number[][]; build: (graph: Graph, inputs: Value[]) => Value; feeds?: Feeds }

export const operatorCases: Record<string, OperatorCase> = {
  'addition with broadcasting': { shapes: [[2, 3], [3]], build: (g, [a, b]) => add(g, a!, b!) },
  'subtraction with an inner broadcast': {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (g, [a, b]) => subtract(g, a!, b!),
  },
  'multiplication with broadcasting': {
    shapes: [
      [2, 2, 3],
      [2, 1],
    ],
    build: (g, [a, b]) => multiply(g, a!, b!),
  },
  'a value used twice': { shapes: [[2, 3]], build: (g, [a]) => multiply(g, a!, add(g, a!, scale(g, a!, 0.5))) },
  exponential: { shapes: [[2, 3]], build: (g, [a]) => exp(g, a!) },
  tanh: { shapes: [[2, 3]], build: (g, [a]) => tanh(g, a!) },
  gelu: { shapes: [[4, 5]], build: (g, [a]) => activation(g, a!, 'gelu') },
  'gelu by tanh': { shapes: [[4, 5]], build: (g, [a]) => activation(g, a!, 'gelu_new') },
  relu: { shapes: [[4, 5]], build: (g, [a]) => activation(g, a!, 'relu') },
  'sigmoid linear unit': { shapes: [[4, 5]], build: (g, [a]) => activation(g, a!, 'silu') },
  'linear with a weight stored [in, out]': { shapes: [[4, 3], [3, 2], [2]], build: (g, [x, w, b]) => linearInOut(g, x!, w!, b!) },
  'linear with bias': { shapes: [[4, 3], [2, 3], [2]], build: (g, [x, w, b]) => linear(g, x!, w!, b!) },
  'linear without bias': {
    shapes: [
      [4, 3],
      [2, 3],
    ],
    build: (g, [x, w]) => linear(g, x!, w!),
  },
  'batched matrix product': {
    shapes: [
      [2, 4, 3],
      [2, 3, 5],
    ],
    build: (g, [a, b]) => matmul(g, a!, b!),
  },
  'matrix product with a broadcast batch': {
    shapes: [
      [2, 4, 3],
      [1, 3, 5],
    ],
    build: (g, [a, b]) => matmul(g, a!, b!),
  },
  softmax: { shapes: [[3, 4]], build: (g, [a]) => softmax(g, a!) },
  'log-softmax': { shapes: [[3, 4]], build: (g, [a]) => logSoftmax(g, a!) },
  'layer normalisation': { shapes: [[3, 6], [6], [6]], build: (g, [x, w, b]) => layerNorm(g, x!, w!, b!, 1e-5) },
  'root-mean-square normalisation': {
    shapes: [[3, 6], [6]],
    build: (g, [x, w]) => rmsNorm(g, x!, w!, 1e-5),
  },
  'a slice inside': { shapes: [[2, 5, 3]], build: (g, [a]) => slice(g, a!, 1, 1, 4) },
  'halves exchanged': { shapes: [[2, 3, 4]], build: (g, [a]) => concat(g, [slice(g, a!, 2, 2, 4), slice(g, a!, 2, 0, 2)], 2) },
  'pieces of two values joined': {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (g, [a, b]) => concat(g, [a!, b!, a!], 1),
  },
  'elements picked by an index': {
    shapes: [[2, 3, 4]],
    build: (g, [a]) => gatherLast(g, a!, g.input('index', [3, 2], 'int64')),
    feeds: { index: { data: BigInt64Array.from([0n, 0n, 3n, 1n, 2n, 2n]), dims: [3, 2] } },
  },
  transpose: { shapes: [[2, 3, 4]], build: (g, [a]) => transpose(g, a!, [2, 0, 1]) },
  reshape: { shapes: [[2, 3, 4]], build: (g, [a]) => tanh(g, reshape(g, a!, g.integers([-1, 4]), [6, 4])) },
  'first element': { shapes: [[2, 3, 4]], build: (g, [a]) => first(g, a!, 1) },
  'cross-entropy': {
    shapes: [[2, 3, 4]],
    build: (g, [a]) => crossEntropy(g, a!, g.input('labels', [3], 'int64'), 4),
    feeds: { labels: { data: BigInt64Array.from([2n, 0n, 3n]), dims: [3] } },
  },
}

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1)
}
