/** Elementwise arithmetic with broadcasting. */
import { type Graph, type Operator, type Value } from '../onnx/graph.ts'
import { broadcastShape, expandedTo, raised, sumTo } from './broadcast.ts'

const ADD: Operator = {
  type: 'Add',
  backward: (graph, { inputs }, [g]) => inputs.map((input) => sumTo(graph, g!, input.shape)),
  jvp: (graph, { outputs: [y] }, tangents) => [
    sumTangents(
      graph,
      y!,
      tangents.map((t) => t && raised(graph, t, y!.shape.length)),
    ),
  ],
}

const SUBTRACT: Operator = {
  type: 'Sub',
  backward: (graph, { inputs: [a, b] }, [g]) => [sumTo(graph, g!, a!.shape), negate(graph, sumTo(graph, g!, b!.shape))],
  jvp: (graph, { outputs: [y] }, [ta, tb]) => {
    const rank = y!.shape.length
    return [sumTangents(graph, y!, [ta && raised(graph, ta, rank), tb && negate(graph, raised(graph, tb, rank))])]
  },
}

const MULTIPLY: Operator = {
  type: 'Mul',
  backward: (graph, { inputs: [a, b] }, [g]) => [
    sumTo(graph, multiply(graph, g!, b!), a!.shape),
    sumTo(graph, multiply(graph, g!, a!), b!.shape),
  ],
  jvp: (graph, { inputs: [a, b], outputs: [y] }, [ta, tb]) => {
    const rank = y!.shape.length
    const terms = [ta && multiply(graph, raised(graph, ta, rank), b!), tb && multiply(graph, raised(graph, tb, rank), a!)]
    return [sumTangents(graph, y!, terms)]
  },
}

const NEGATE: Operator = {
  type: 'Neg',
  backward: (graph, _node, [g]) => [negate(graph, g!)],
  jvp: (graph, _node, [t]) => [negate(graph, t!)],
}
const EXP: Operator = elementwise('Exp', (_graph, _x, y) => y)
const ERF: Operator = { type: 'Erf' }

export function add(graph: Graph, a: Value, b: Value): Value {
  return graph.node(ADD, [a, b], [{ shape: broadcastShape(a.shape, b.shape) }])[0]!
}

export function subtract(graph: Graph, a: Value, b: Value): Value {
  return graph.node(SUBTRACT, [a, b], [{ shape: broadcastShape(a.shape, b.shape) }])[0]!
}

export function multiply(graph: Graph, a: Value, b: Value): Value {
  return graph.node(MULTIPLY, [a, b], [{ shape: broadcastShape(a.shape, b.shape) }])[0]!
}

/** x times a number known when the graph is built. */
export function scale(graph: Graph, x: Value, factor: number): Value {
  return multiply(graph, x, graph.scalar(factor))
}

export function negate(graph: Graph, x: Value): Value {
  return graph.node(NEGATE, [x], [{ shape: x.shape }])[0]!
}

export function exp(graph: Graph, x: Value): Value {
  return graph.node(EXP, [x], [{ shape: x.shape }])[0]!
}

export function erf(graph: Graph, x: Value): Value {
  return graph.node(ERF, [x], [{ shape: x.shape }])[0]!
}

/** A function of each element alone: gradients and tangents alike are multiplied by its slope. @param slope of inputs x and outputs y */
export function elementwise(type: string, slope: (graph: Graph, x: Value, y: Value) => Value): Operator {
  const derivative: Operator['jvp'] = (graph, { inputs: [x], outputs: [y] }, [along]) => [multiply(graph, along!, slope(graph, x!, y!))]
  return { type, backward: derivative, jvp: derivative }
}

/** The sum of the tangents that are there, at least one, as tangents of `value`. */
export function sumTangents(graph: Graph, value: Value, terms: readonly (Value | undefined)[]): Value {
  const sum = terms.filter((term) => term !== undefined).reduce((a, b) => add(graph, a, b))
  return expandedTo(graph, sum, value)
}
