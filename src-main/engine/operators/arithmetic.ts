/** Elementwise arithmetic with broadcasting. */
import { type Graph, type Operator, type Value } from '../onnx/graph.ts'
import { broadcastShape, sumTo } from './broadcast.ts'

const ADD: Operator = {
  type: 'Add',
  backward: (graph, { inputs }, [g]) => inputs.map((input) => sumTo(graph, g!, input.shape)),
}

const SUBTRACT: Operator = {
  type: 'Sub',
  backward: (graph, { inputs: [a, b] }, [g]) => [sumTo(graph, g!, a!.shape), negate(graph, sumTo(graph, g!, b!.shape))],
}

const MULTIPLY: Operator = {
  type: 'Mul',
  backward: (graph, { inputs: [a, b] }, [g]) => [
    sumTo(graph, multiply(graph, g!, b!), a!.shape),
    sumTo(graph, multiply(graph, g!, a!), b!.shape),
  ],
}

const NEGATE: Operator = { type: 'Neg', backward: (graph, _node, [g]) => [negate(graph, g!)] }
const EXP: Operator = { type: 'Exp', backward: (graph, { outputs: [y] }, [g]) => [multiply(graph, g!, y!)] }
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
