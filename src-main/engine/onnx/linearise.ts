/**
 * Cuts a graph with tangents in two: the values, computed once, and the tangents, which are linear in their inputs and can be computed
 * for any number of directions from what the first part leaves behind (Linearize of JAX: Radul et al. 2023, "You only linearize once").
 */
import { Graph, type Node, type Value, liveNodes } from './graph.ts'

export interface Linearised {
  /** Gives its outputs, and `residuals` as further outputs. */
  readonly primal: Graph
  /** One per output that moves: they take tangents, `residuals` and inputs of the primal graph. */
  readonly tangents: readonly Graph[]
  readonly residuals: readonly Value[]
}

/** @param graph with tangents among its outputs @param tangents inputs of `graph`; what depends on them is the second part */
export function linearise(graph: Graph, tangents: readonly Value[]): Linearised {
  const moving = new Set<Value>(tangents)
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some((input) => moving.has(input))) for (const value of outputs) moving.add(value)
  const movingOutputs = graph.outputs.filter((output) => moving.has(output))
  const linear = graph.nodes.filter((node) => moving.has(node.outputs[0]!) || isFree(node))

  const nodes = liveNodes(part(graph, linear, movingOutputs))
  const known = new Set<Value>([...graph.inputs, ...graph.constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)])
  const used = nodes.flatMap(({ inputs, operator }) => inputs.slice(0, operator.runtimeInputs))
  const residuals = [...new Set(used)].filter((value) => !known.has(value))
  const still = graph.nodes.filter((node) => !moving.has(node.outputs[0]!))
  return {
    primal: part(graph, still, [...graph.outputs.filter((output) => !moving.has(output)), ...residuals]),
    tangents: movingOutputs.map((output) => part(graph, linear, [output], residuals)),
    residuals,
  }
}

/** Nodes that both parts compute rather than hand over: shapes, and views of the same elements. */
function isFree({ operator, outputs }: Node): boolean {
  return outputs[0]!.type === 'int64' || operator.type === 'Reshape'
}

function part(graph: Graph, nodes: readonly Node[], outputs: readonly Value[], residuals: readonly Value[] = []): Graph {
  const own = new Graph()
  own.inputs.push(...graph.inputs, ...residuals)
  own.nodes.push(...nodes)
  own.outputs.push(...outputs)
  for (const [value, constant] of graph.constants) own.constants.set(value, constant)
  return own
}
