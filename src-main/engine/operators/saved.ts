/** Gradient checkpointing at a value that was kept: the backward graph reads it instead of computing it again. */
import { type Graph, type Operator, type Value } from '../onnx/graph.ts'

const SAVED: Operator = {
  type: 'Identity',
  runtimeInputs: 1,
  backward: (_graph, _node, [g]) => [undefined, g],
  jvp: (_graph, _node, [, t]) => [t],
}

/** Reads as `kept`, differentiates as `computed`; what only `computed` needed is pruned from the graph. */
export function saved(graph: Graph, kept: Value, computed: Value): Value {
  return graph.node(SAVED, [kept, computed], [{ shape: computed.shape }])[0]!
}
