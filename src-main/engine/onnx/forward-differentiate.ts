/**
 * Forward-mode differentiation (Griewank and Walther 2008, ch. 3) over graph nodes: K directional derivatives beside the values, in one
 * pass, with nothing kept for later. A value of shape s has tangents of shape [K, ...s]; a value without tangents is constant.
 */
import type { Graph, Node, Value } from './graph.ts'

/**
 * Appends the tangents that follow from those of `given` and returns those of `outputs`, in that order.
 * @param nodes what leads to the outputs; all so far unless given
 * @throws if an operator on the way has no derivative, or no tangent reaches an output
 */
export function forwardDifferentiate(
  graph: Graph,
  given: ReadonlyMap<Value, Value>,
  outputs: readonly Value[],
  nodes: readonly Node[] = [...graph.nodes],
): Value[] {
  const tangents = new Map(given)
  for (const node of nodes) {
    // Integers are shapes and labels: they don't move.
    if (node.outputs[0]!.type === 'int64' || !node.inputs.some((input) => tangents.has(input))) continue
    if (!node.operator.jvp) throw new Error(`${node.operator.type} has no forward derivative`)
    const own = node.operator.jvp(
      graph,
      node,
      node.inputs.map((input) => tangents.get(input)),
    )
    node.outputs.forEach((output, i) => {
      if (own[i]) tangents.set(output, own[i])
    })
  }
  return outputs.map((output) => {
    const tangent = tangents.get(output)
    if (!tangent) throw new Error(`no tangent reaches ${output.name}`)
    return tangent
  })
}
