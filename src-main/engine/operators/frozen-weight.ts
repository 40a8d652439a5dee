/**
 * Matrices that aren't trained, in the form in which a graph takes them (`Graph.weightForm`). A narrow one is widened right before the
 * product that needs it, so that one widened matrix exists at a time. Derivatives pass it by as a constant.
 */
import type { Graph, Node, Operator, Value } from '../onnx/graph.ts'
import { add } from './arithmetic.ts'
import { linear, linearInOut, rowsOnce } from './linear.ts'

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
    // Matrices that don't belong to a linear layer stay in int8.
    case 'int4':
    case 'int8': {
      const inputs = [graph.input(name, shape, 'int8'), graph.input(scaleInput(name), [shape[0]])]
      return graph.node(WIDEN_ROWS, inputs, [{ type: 'float32', shape }], { axis: 0 })[0]!
    }
  }
}

/** Weights of a block of int4 share a scale: element i of a row is scale[i / 32] (q - 8) with q in 0..15. */
export const INT4_BLOCK = 32

/** y = x W^T with W in int4. Nothing is ever differentiated backwards through it: who backpropagates holds float32. */
const LINEAR_INT4: Operator = {
  type: 'MatMulNBits',
  domain: 'com.microsoft',
  jvp: (graph, { inputs: [, weight, scales], outputs: [y], attributes }, [t]) => [
    rowsOnce(graph, t!, y!.shape[1] as number, (rows) => linearInt4(graph, rows, weight!, scales!, attributes)),
  ],
}

function linearInt4(graph: Graph, x: Value, weight: Value, scales: Value, attributes: Node['attributes']): Value {
  return graph.node(LINEAR_INT4, [x, weight, scales], [{ shape: [x.shape[0]!, attributes['N'] as number] }], attributes)[0]!
}

/** True if the int4 form packs a matrix with this many inputs; other matrices stay in int8. */
export function packs(inFeatures: number): boolean {
  return inFeatures % INT4_BLOCK === 0
}

/** A linear layer's matrix: its graph input without `.weight`, and how it is stored. */
interface FrozenMatrix {
  readonly name: string
  readonly inFeatures: number
  readonly outFeatures: number
  /** Stored [in, out] instead of [out, in]. */
  readonly inOut?: boolean
}

/** @param x [rows, in] @param bias [out] @returns [rows, out] */
export function frozenLinear(graph: Graph, x: Value, { name, inFeatures, outFeatures, inOut }: FrozenMatrix, bias?: Value): Value {
  if (graph.weightForm === 'int4' && packs(inFeatures)) {
    const blocks = inFeatures / INT4_BLOCK
    const weight = graph.input(`${name}.weight`, [outFeatures, blocks, INT4_BLOCK / 2], 'uint8')
    const scales = graph.input(scaleInput(`${name}.weight`), [outFeatures * blocks])
    const y = linearInt4(graph, x, weight, scales, { K: inFeatures, N: outFeatures, bits: 4, block_size: INT4_BLOCK })
    return bias ? add(graph, y, bias) : y
  }
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
