/** Picking elements of the last dimension by an index that is the same for all leading dimensions. */
import type { Graph, Operator, Value } from '../onnx/graph.ts'
import { concatIntegers, shapeOf, sliceShape } from './shape.ts'

const EXPAND: Operator = { type: 'Expand' }
const SCATTER: Operator = { type: 'ScatterElements' }

const GATHER: Operator = {
  type: 'GatherElements',
  // Each gradient goes back to the place its element was picked from; elements that were picked several times get the sum.
  backward: (graph, { inputs: [x, index] }, [g]) => {
    const zeros = graph.node(EXPAND, [graph.scalar(0), shapeOf(graph, x!)], [{ shape: x!.shape }])[0]!
    return [graph.node(SCATTER, [zeros, index!, g!], [{ shape: x!.shape }], { axis: -1, reduction: 'add' })[0]!, undefined]
  },
  jvp: (graph, { inputs: [, index] }, [t]) => [picked(graph, t!, expanded(graph, index!, t!, 1))],
}

/** @param x [..., A, R] @param index int64 [A, B], each in [0, R) @returns [..., A, B] */
export function gatherLast(graph: Graph, x: Value, index: Value): Value {
  return picked(graph, x, expanded(graph, index, x, x.shape.length - 2))
}

function picked(graph: Graph, x: Value, index: Value): Value {
  return graph.node(GATHER, [x, index], [{ type: x.type, shape: index.shape }], { axis: -1 })[0]!
}

/** The index repeated along the first `count` dimensions of `x`, which it lacks. */
function expanded(graph: Graph, index: Value, x: Value, count: number): Value {
  const shape = [...x.shape.slice(0, count), ...index.shape]
  const target = concatIntegers(graph, [sliceShape(graph, shapeOf(graph, x), 0, count), shapeOf(graph, index)])
  return graph.node(EXPAND, [index, target], [{ type: 'int64', shape }])[0]!
}
