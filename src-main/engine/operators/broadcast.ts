/** NumPy broadcasting as ONNX has it, and its transpose: summing a gradient back to the shape it came from. */
import { type Graph, type Operator, type Shape, type Value } from '../onnx/graph.ts'
import { shapeOf } from './shape.ts'

const REDUCE_SUM: Operator = { type: 'ReduceSum' }
const UNSQUEEZE: Operator = { type: 'Unsqueeze' }
const EXPAND: Operator = { type: 'Expand' }

/** The shape of an elementwise result. @throws if two dimensions differ and neither is 1. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join()}] and [${b.join()}] don't broadcast`)
    return x === 1 ? y : x
  })
}

export function reduceSum(graph: Graph, x: Value, axes: readonly number[], keepDimensions: boolean): Value {
  const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepDimensions ? [1] : []) : [d]))
  return graph.node(REDUCE_SUM, [x, graph.integers(axes)], [{ shape }], { keepdims: keepDimensions ? 1 : 0 })[0]!
}

/** Sums `gradient` over the axes along which a value of `shape` was repeated. */
export function sumTo(graph: Graph, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length
  let result = gradient
  if (extra > 0) result = reduceSum(graph, result, [...Array(extra).keys()], false)
  const repeated = shape.flatMap((d, i) => (d === 1 && result.shape[i] !== 1 ? [i] : []))
  return repeated.length > 0 ? reduceSum(graph, result, repeated, true) : result
}

/** Tangents [K, ...] of a value with less than `rank` dimensions, as [K, 1..., ...]: they broadcast as the value does. */
export function raised(graph: Graph, tangent: Value, rank: number): Value {
  const axes = Array.from({ length: rank + 1 - tangent.shape.length }, (_, i) => i + 1)
  if (axes.length === 0) return tangent
  const [copies, ...rest] = tangent.shape
  return graph.node(UNSQUEEZE, [tangent, graph.integers(axes)], [{ shape: [copies!, ...axes.map(() => 1), ...rest] }])[0]!
}

/** Repeats tangents [K, ...] along the dimensions where `value` is longer. */
export function expandedTo(graph: Graph, tangent: Value, value: Value): Value {
  const shape = [tangent.shape[0]!, ...value.shape]
  return tangent.shape.join() === shape.join() ? tangent : graph.node(EXPAND, [tangent, shapeOf(graph, value)], [{ shape }])[0]!
}
