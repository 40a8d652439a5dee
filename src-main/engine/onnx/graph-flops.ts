/** Floating-point operations of a graph: 2 m n k for every matrix product that runs. Elementwise work is left out, as is usual. */
import { type Dimension, type Graph, liveNodes } from './graph.ts'

/** The sizes of the symbolic dimensions. */
export type Sizes = Readonly<Record<string, number>>

/** @throws if a dimension has no size */
export function sizeOf(dimension: Dimension, sizes: Sizes): number {
  if (typeof dimension === 'number') return dimension
  return dimension.split('*').reduce((product, name) => {
    const n = sizes[name] ?? Number(name)
    if (Number.isNaN(n)) throw new Error(`dimension ${name} has no size`)
    return product * n
  }, 1)
}

const PRODUCTS = new Set(['MatMul', 'Gemm', 'MatMulNBits'])

/** @throws if a dimension has no size */
export function flops(graph: Graph, sizes: Sizes): number {
  let sum = 0
  for (const { operator, inputs, outputs, attributes } of liveNodes(graph)) {
    if (!PRODUCTS.has(operator.type)) continue
    const inner = inputs[0]!.shape.at(attributes['transA'] === 1 ? -2 : -1)!
    sum += 2 * outputs[0]!.shape.reduce<number>((product, d) => product * sizeOf(d, sizes), 1) * sizeOf(inner, sizes)
  }
  return sum
}
