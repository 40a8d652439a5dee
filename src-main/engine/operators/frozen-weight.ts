/**
 * Matrices that aren't trained, in the form in which a graph takes them (`Graph.weightForm`). A narrow one is widened right before the
 * product that needs it, so that one widened matrix exists at a time. Derivatives pass it by as a constant.
 */
import type { Graph, Node, Operator, Value } from '../onnx/graph.ts'

const FLOAT32 = 1

const WIDEN_HALF: Operator = { type: 'Cast' }
const WIDEN_ROWS: Operator = { type: 'DequantizeLinear' }

/**
 * The matrix [rows, columns] as float32. fp16: input `name` in float16. int8: inputs `name` in int8 and `name`.scale [rows]; element
 * [r, c] is scale[r] times the integer.
 */
export function frozenWeight(graph: Graph, name: string, shape: readonly [rows: number, columns: number]): Value {
  switch (graph.weightForm) {
    case 'fp32':
      return graph.input(name, shape)
    case 'fp16':
      return graph.node(WIDEN_HALF, [graph.input(name, shape, 'float16')], [{ type: 'float32', shape }], { to: FLOAT32 })[0]!
    case 'int8': {
      const inputs = [graph.input(name, shape, 'int8'), graph.input(scaleInput(name), [shape[0]])]
      return graph.node(WIDEN_ROWS, inputs, [{ type: 'float32', shape }], { axis: 0 })[0]!
    }
  }
}

/** The input that takes the scales of an int8 matrix. */
export function scaleInput(name: string): string {
  return `${name}.scale`
}

/** Widening again costs less than keeping a widened matrix. */
export function isWidening({ operator }: Node): boolean {
  return operator === WIDEN_HALF || operator === WIDEN_ROWS
}
