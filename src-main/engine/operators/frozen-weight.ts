/**
 * Matrices that aren't trained, in the form in which a graph takes them (`Graph.weightForm`). A narrow one is widened right before the
 * product that needs it, so that one widened matrix exists at a time. Derivatives pass it by as a constant.
 */
import type { Graph, Node, Operator, Value } from '../onnx/graph.ts'
import { linear, linearInOut } from './linear.ts'

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

/** A linear layer's matrix: its graph input without `.weight`, and how it is stored. */
export interface FrozenMatrix {
  readonly name: string
  readonly inFeatures: number
  readonly outFeatures: number
  /** Stored [in, out] instead of [out, in]. */
  readonly inOut?: boolean
}

/** @param x [rows, in] @param bias [out] @returns [rows, out] */
export function frozenLinear(graph: Graph, x: Value, { name, inFeatures, outFeatures, inOut }: FrozenMatrix, bias?: Value): Value {
  if (inOut) return linearInOut(graph, x, frozenWeight(graph, `${name}.weight`, [inFeatures, outFeatures]), bias)
  return linear(graph, x, frozenWeight(graph, `${name}.weight`, [outFeatures, inFeatures]), bias)
}

/** The input that takes the scales of an int8 matrix. */
export function scaleInput(name: string): string {
  return `${name}.scale`
}

/** Widening again costs less than keeping a widened matrix. */
export function isWidening({ operator }: Node): boolean {
  return operator === WIDEN_HALF || operator === WIDEN_ROWS
}
