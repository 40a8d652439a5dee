/** Cutting a value along an axis, and joining pieces. */
import type { Graph, Operator, Value } from '../onnx/graph.ts'
import { scale } from './arithmetic.ts'
import { expandedTo, reduceSum } from './broadcast.ts'
import { paddedWithZeros } from './shape.ts'

const SLICE: Operator = {
  type: 'Slice',
  // The transpose of cutting is padding with zeros on both sides.
  backward: (graph, { inputs: [x, begin, end, axes] }, [g]) => {
    const [from, to, axis] = [begin, end, axes].map((value) => graph.constants.get(value!)!.data[0]!) as [number, number, number]
    const behind = graph.integers([(x!.shape[axis] as number) - to])
    return [paddedWithZeros(graph, g!, axis, graph.integers([from]), behind, x!.shape)]
  },
  jvp: (graph, { inputs: [, begin, end, axes] }, [t]) => {
    const [from, to, axis] = [begin, end, axes].map((value) => graph.constants.get(value!)!.data[0]!) as [number, number, number]
    return [slice(graph, t!, axis + 1, from, to)]
  },
}

const CONCAT: Operator = {
  type: 'Concat',
  backward: (graph, { inputs, attributes }, [g]) => {
    const axis = attributes['axis'] as number
    let at = 0
    return inputs.map((input) => slice(graph, g!, axis, at, (at += input.shape[axis] as number)))
  },
  jvp: (graph, { inputs, attributes }, tangents) => {
    const moving = tangents.find((tangent) => tangent !== undefined)!
    const still = (value: Value): Value => {
      const axes = moving.shape.slice(1).map((_, i) => i + 1)
      return expandedTo(graph, scale(graph, reduceSum(graph, moving, axes, true), 0), value)
    }
    const parts = inputs.map((input, i) => tangents[i] ?? still(input))
    return [concat(graph, parts, (attributes['axis'] as number) + 1)]
  },
}

/** Elements [from, to) along an axis whose length is a number. */
export function slice(graph: Graph, x: Value, axis: number, from: number, to: number): Value {
  const shape = x.shape.map((d, i) => (i === axis ? to - from : d))
  return graph.node(SLICE, [x, graph.integers([from]), graph.integers([to]), graph.integers([axis])], [{ shape }])[0]!
}

/** Values one after another along an axis whose lengths are numbers. */
export function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const length = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0)
  return graph.node(CONCAT, parts, [{ shape: parts[0]!.shape.map((d, i) => (i === axis ? length : d)) }], { axis })[0]!
}
