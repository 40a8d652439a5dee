/** The arrays into which the values of a linearised graph write the residuals that its derivatives need. */
import { sizeOf } from '#main/engine/onnx/graph-flops.ts'
import { elementCount } from '#main/engine/onnx/graph.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { type BatchShape, dimensions } from '#main/models/model-flops.ts'

export type ResidualArrays = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>

/** @param place gives an array of `length` elements for a residual */
export function residualArrays(
  { residuals }: Linearised,
  batch: BatchShape,
  place: (name: string, length: number) => Float32Array,
): ResidualArrays {
  const sizes = dimensions(batch, 1)
  return Object.fromEntries(
    residuals.map(({ name, shape }) => {
      const dims = shape.map((dimension) => sizeOf(dimension, sizes))
      return [name, { data: place(name, elementCount(dims)), dims }]
    }),
  )
}

/** Returns the number of elements of all arrays together. */
export function residualElements({ residuals }: Linearised, batch: BatchShape): number {
  const sizes = dimensions(batch, 1)
  return residuals.reduce((sum, { shape }) => sum + elementCount(shape.map((dimension) => sizeOf(dimension, sizes))), 0)
}
