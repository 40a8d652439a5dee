/**
 * Cuts a graph with tangents in two: the values, computed once, and the tangents, which are linear in their inputs and can be computed
 * for any number of directions from what the first part leaves behind (Linearize of JAX: Radul et al. 2023, "You only linearize once").
 */
import { Graph, type Node, type Value, liveNodes } from './graph.ts'

export interface Linearised {
  /** Gives its outputs, and `residuals` as further outputs. */
  readonly primal: Graph
  /** Takes tangents, `residuals` and inputs of the primal graph. */
  readonly tangents: Graph
  readonly residuals: readonly Value[]
}

/** @param graph with tangents among its outputs @param tangents inputs of `graph`; what depends on them is the second part */
export function linearise(graph: Graph, tangents: readonly Value[]): Linearised {
  const moving = new Set<Value>(tangents)
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some((input) => moving.has(input))) for (const value of outputs) moving.add(value)

  const linear = part(
    graph,
    graph.nodes.filter((node) => moving.has(node.outputs[0]!) || isFree(node)),
    graph.outputs.filter((output) => moving.has(output)),
  )
  const nodes = liveNodes(linear)
  const known = new Set<Value>([...graph.inputs, ...graph.constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)])
  const residuals = [...new Set(nodes.flatMap(({ inputs, operator }) => inputs.slice(0, operator.runtimeInputs)))].filter(
    (value) => !known.has(value),
  )
  linear.inputs.push(...residuals)
  const still = graph.nodes.filter((node) => !moving.has(node.outputs[0]!))
  const primal = part(graph, still, [...graph.outputs.filter((output) => !moving.has(output)), ...residuals])
  return { primal, tangents: linear, residuals }
}

/** Nodes that both parts compute rather than hand over: shapes, and views of the same elements. */
function isFree({ operator, outputs }: Node): boolean {
  return outputs[0]!.type === 'int64' || operator.type === 'Reshape'
}

function part(graph: Graph, nodes: readonly Node[], outputs: readonly Value[]): Graph {
  const own = new Graph()
  own.inputs.push(...graph.inputs)
  own.nodes.push(...nodes)
  own.outputs.push(...outputs)
  for (const [value, constant] of graph.constants) own.constants.set(value, constant)
  return own
}
