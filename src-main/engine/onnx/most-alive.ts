/** Computes the peak memory of a graph's values: nodes run one after another, as in ONNX Runtime, and each value is freed after its last use. */
import { type Sizes, sizeOf } from './graph-flops.ts'
import { type Graph, type Value, elementCount, liveNodes } from './graph.ts'

/** Their output is their input, in another shape or by another name. */
const VIEWS = new Set(['Reshape', 'Identity'])

/** Elements of the computed values, outputs included, that are alive at once at the most; inputs are the caller's. */
export function mostAlive(graph: Graph, sizes: Sizes): number {
  const nodes = liveNodes(graph)
  const source = new Map<Value, Value>()
  const sourceOf = (value: Value): Value => source.get(value) ?? value
  const lastUse = new Map<Value, number>()
  nodes.forEach(({ operator, inputs, outputs }, at) => {
    if (VIEWS.has(operator.type)) source.set(outputs[0]!, sourceOf(inputs[0]!))
    for (const input of inputs.slice(0, operator.runtimeInputs)) lastUse.set(sourceOf(input), at)
  })
  for (const output of graph.outputs) lastUse.set(sourceOf(output), Infinity)

  const alive = new Map<Value, number>()
  let [now, most] = [0, 0]
  nodes.forEach(({ outputs }, at) => {
    for (const value of outputs) {
      if (source.has(value)) continue
      const elements = elementCount(value.shape.map((dimension) => sizeOf(dimension, sizes)))
      alive.set(value, elements)
      now += elements
    }
    most = Math.max(most, now)
    for (const [value, elements] of alive) {
      if ((lastUse.get(value) ?? at) > at) continue
      alive.delete(value)
      now -= elements
    }
  })
  return most
}
