/** The gradient of a batch's mean loss with respect to everything that is trained, as one flat vector. */
import type { Backprop } from './backprop.ts'
import type { Batch } from './batch.ts'
import type { ParameterLayout } from './parameters.ts'
import { feedsInPlace } from './sweep.ts'

export interface BatchGradient {
  /** [d] */
  readonly gradient: Float32Array
  /** The mean loss over the rows. */
  readonly loss: number
}

/** @param values theta [d] */
export async function adapterGradient(
  backprop: Backprop,
  { size, byLayer }: ParameterLayout,
  values: Float32Array,
  batch: Batch,
): Promise<BatchGradient> {
  const gradient = new Float32Array(size)
  const trainable = (layer: number): ReturnType<typeof feedsInPlace> => feedsInPlace(byLayer[layer]!, values)
  const { losses } = await backprop.gradients(batch, trainable, (layer, input, tensor) => {
    const parameter = byLayer[layer]!.find((p) => p.input === input)
    if (parameter) gradient.set(tensor, parameter.offset)
  })
  return { gradient, loss: losses.reduce((sum, x) => sum + x, 0) / losses.length }
}
