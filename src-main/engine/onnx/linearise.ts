/**
 * Cuts a graph with derivatives in two: the values, computed once, and the derivatives, which are linear in their inputs (tangents or
 * gradients) and can be computed later, as often as wanted, from what the first part leaves behind (Linearize of JAX: Radul et al. 2023,
 * "You only linearize once").
 */
import { isWidening } from '../operators/frozen-weight.ts'
import { Graph, type Node, type Value, liveNodes } from './graph.ts'

export interface Linearised {
  /** Gives its outputs, and `residuals` as further outputs. */
  readonly primal: Graph
  /** The linear graphs, one per set of outputs asked for: they take tangents or gradients, `residuals` and inputs of the primal graph. */
  readonly linear: readonly Graph[]
  readonly residuals: readonly Value[]
}

/**
 * @param graph with derivatives among its outputs @param seeds inputs of `graph`; what depends on them is the second part
 * @param sets the outputs of each linear graph
 */
export function linearise(graph: Graph, seeds: readonly Value[], sets: readonly (readonly Value[])[]): Linearised {
  const moving = new Set<Value>(seeds)
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some((input) => moving.has(input))) for (const value of outputs) moving.add(value)
  const linear = graph.nodes.filter((node) => moving.has(node.outputs[0]!) || isFree(node))

  const nodes = liveNodes(part(graph, linear, sets.flat()))
  const known = new Set<Value>([...graph.inputs, ...graph.constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)])
  const used = nodes.flatMap(({ inputs, operator }) => inputs.slice(0, operator.runtimeInputs))
  const residuals = [...new Set(used)].filter((value) => !known.has(value))
  const still = graph.nodes.filter((node) => !moving.has(node.outputs[0]!))
  return {
    primal: part(graph, still, [...graph.outputs.filter((output) => !moving.has(output)), ...residuals]),
    linear: sets.map((outputs) => part(graph, linear, outputs, residuals)),
    residuals,
  }
}

/** Nodes that both parts compute rather than hand over: shapes, views of the same elements, what products read transposed, widened weights. */
function isFree(node: Node): boolean {
  const { operator, outputs } = node
  return outputs[0]!.type === 'int64' || operator.type === 'Reshape' || swapsLast(node) || isWidening(node)
}

function swapsLast({ operator, attributes }: Node): boolean {
  if (operator.type !== 'Transpose') return false
  const order = attributes['perm'] as readonly number[]
  return order.every((axis, i) => axis === (i < order.length - 2 ? i : 2 * order.length - 3 - i))
}

function part(graph: Graph, nodes: readonly Node[], outputs: readonly Value[], residuals: readonly Value[] = []): Graph {
  const own = new Graph()
  own.inputs.push(...graph.inputs, ...residuals)
  own.nodes.push(...nodes)
  own.outputs.push(...outputs)
  for (const [value, constant] of graph.constants) own.constants.set(value, constant)
  return own
}
