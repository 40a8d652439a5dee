/** Operators that move elements without changing them. */
import { type Graph, type Operator, type Shape, type Value } from '../onnx/graph.ts'

const SHAPE: Operator = { type: 'Shape' }
const SLICE: Operator = { type: 'Slice' }
const CONCAT: Operator = { type: 'Concat' }
const PAD: Operator = { type: 'Pad' }

const RESHAPE: Operator = {
  type: 'Reshape',
  backward: (graph, { inputs: [x] }, [g]) => [reshape(graph, g!, targetOf(graph, x!), x!.shape), undefined],
  // A 0 in the target keeps the dimension at that place, here K.
  jvp: (graph, { inputs: [, target], outputs: [y] }, [t]) => [
    reshape(graph, t!, concatIntegers(graph, [graph.integers([0]), target!]), [t!.shape[0]!, ...y!.shape]),
  ],
}

const TRANSPOSE: Operator = {
  type: 'Transpose',
  backward: (graph, { attributes }, [g]) => {
    const order = attributes['perm'] as readonly number[]
    const inverse = order.map((_, i) => order.indexOf(i))
    return [transpose(graph, g!, inverse)]
  },
  jvp: (graph, { attributes }, [t]) => [transpose(graph, t!, [0, ...(attributes['perm'] as readonly number[]).map((i) => i + 1)])],
}

const FIRST: Operator = {
  type: 'Slice',
  // The transpose of taking element 0 is padding with zeros behind it, up to the input's length.
  backward: (graph, { inputs: [x, , , axes], attributes: _ }, [g]) => {
    const axis = graph.constants.get(axes!)!.data[0]!
    const length = sliceShape(graph, shapeOf(graph, x!), axis, axis + 1)
    const behind = graph.node(SUBTRACT_INTEGERS, [length, graph.integers([1])], [{ shape: [1] }])[0]!
    return [paddedWithZeros(graph, g!, axis, graph.integers([0]), behind, x!.shape)]
  },
  jvp: (graph, { inputs: [, , , axes] }, [t]) => [first(graph, t!, graph.constants.get(axes!)!.data[0]! + 1)],
}

const SUBTRACT_INTEGERS: Operator = { type: 'Sub' }

/** @param target an int64 vector, as ONNX's Reshape takes it (-1: inferred) @param shape what that comes to */
export function reshape(graph: Graph, x: Value, target: Value, shape: Shape): Value {
  return graph.node(RESHAPE, [x, target], [{ shape }])[0]!
}

export function transpose(graph: Graph, x: Value, order: readonly number[]): Value {
  return graph.node(TRANSPOSE, [x], [{ shape: order.map((i) => x.shape[i]!) }], { perm: order })[0]!
}

/** Element 0 along `axis`, which stays with length 1. */
export function first(graph: Graph, x: Value, axis: number): Value {
  const shape = x.shape.map((d, i) => (i === axis ? 1 : d))
  return graph.node(FIRST, [x, graph.integers([0]), graph.integers([1]), graph.integers([axis])], [{ shape }])[0]!
}

/**
 * Zeros in front of and behind `x` along one axis. All axes are named, since ONNX Runtime's optimiser takes those of a Pad with an `axes`
 * input for the first ones when it moves a Transpose past it.
 * @param before how many in front, an int64 vector of one element; `behind` likewise @param shape what that comes to
 */
export function paddedWithZeros(graph: Graph, x: Value, axis: number, before: Value, behind: Value, shape: Shape): Value {
  const side = (count: Value): Value[] => x.shape.map((_, i) => (i === axis ? count : graph.integers([0])))
  const pads = concatIntegers(graph, [...side(before), ...side(behind)])
  return graph.node(PAD, [x, pads, graph.scalar(0)], [{ shape }])[0]!
}

/** The shape of `x` when it runs, an int64 vector. */
export function shapeOf(graph: Graph, x: Value): Value {
  return graph.node(SHAPE, [x], [{ type: 'int64', shape: [x.shape.length] }])[0]!
}

/**
 * Builds a target of Reshape with the shape of `x` without reading `x`, so that a backward pass needn't keep it for its shape alone: dimensions of
 * the graph's inputs, and one more that is inferred.
 */
function targetOf(graph: Graph, x: Value): Value {
  const owners = x.shape.map((dimension) => graph.inputs.find(({ shape }) => typeof dimension === 'string' && shape.includes(dimension)))
  const unknown = x.shape.filter((dimension, i) => typeof dimension === 'string' && !owners[i])
  if (unknown.length > 1) return shapeOf(graph, x)
  const parts = x.shape.map((dimension, i) => {
    if (typeof dimension === 'number') return graph.integers([dimension])
    const owner = owners[i]
    if (!owner) return graph.integers([-1])
    const axis = owner.shape.indexOf(dimension)
    return sliceShape(graph, shapeOf(graph, owner), axis, axis + 1)
  })
  return concatIntegers(graph, parts)
}

/** Dimensions [begin, end) of a shape vector. */
export function sliceShape(graph: Graph, shape: Value, begin: number, end: number): Value {
  return graph.node(SLICE, [shape, graph.integers([begin]), graph.integers([end])], [{ shape: [end - begin] }])[0]!
}

export function concatIntegers(graph: Graph, parts: readonly Value[]): Value {
  const length = parts.reduce((sum, part) => sum + (part.shape[0] as number), 0)
  return graph.node(CONCAT, parts, [{ shape: [length] }], { axis: 0 })[0]!
}
