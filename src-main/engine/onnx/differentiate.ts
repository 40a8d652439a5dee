/** Reverse-mode differentiation (Griewank and Walther 2008, ch. 3) over graph nodes: appends the gradient computation to the same graph. */
import { add } from '../operators/arithmetic.ts'
import { type Graph, type Value } from './graph.ts'

/**
 * Appends d(sum(output * seed)) / d(w) for each `w` of `wrt` and returns them in that order.
 * @param seed has the shape of `output`.
 * @throws if an operator on the way has no derivative, or a `w` does not reach `output`.
 */
export function differentiate(graph: Graph, output: Value, seed: Value, wrt: readonly Value[]): Value[] {
  const active = new Set<Value>(wrt)
  const forward = [...graph.nodes]
  for (const node of forward) if (node.inputs.some((input) => active.has(input))) for (const out of node.outputs) active.add(out)

  const gradients = new Map<Value, Value>([[output, seed]])
  for (const node of forward.reverse()) {
    if (!node.outputs.some((out) => gradients.has(out)) || !node.inputs.some((input) => active.has(input))) continue
    if (!node.operator.backward) throw new Error(`${node.operator.type} has no derivative`)
    const flowing = node.operator.backward(
      graph,
      node,
      node.outputs.map((out) => gradients.get(out)),
    )
    node.inputs.forEach((input, i) => {
      const gradient = flowing[i]
      if (!gradient || !active.has(input)) return
      const earlier = gradients.get(input)
      gradients.set(input, earlier ? add(graph, earlier, gradient) : gradient)
    })
  }
  return wrt.map((value) => {
    const gradient = gradients.get(value)
    if (!gradient) throw new Error(`${value.name} does not reach ${output.name}`)
    return gradient
  })
}
