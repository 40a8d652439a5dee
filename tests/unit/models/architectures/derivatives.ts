/** What backpropagation and forward mode give for an adapter, against recorded gradients. */
import { expect } from 'vitest'
import type { Arena } from '#main/engine/arena.ts'
import type { Model } from '#main/models/model.ts'
import { Backprop } from '#main/training/backprop.ts'
import type { makeBatch } from '#main/training/batch.ts'
import type { parameterLayout } from '#main/training/parameters.ts'
import type { Replica } from '#main/training/replica.ts'
import { feedsInPlace } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { directionBytes, distance, relativeDistance } from '../../training/tiny.ts'

/** Of every recorded model. */
export const CLASSES = 3

/** Gradients of this size follow from rounding: keys' biases move no score. */
const NOTHING = 1e-6

export function close(found: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  if (distance(expected, new Float32Array(expected.length)) < NOTHING) expect(distance(found, expected), name).toBeLessThan(NOTHING)
  else expect(relativeDistance(found, expected), name).toBeLessThan(1e-4)
}

export interface Trained {
  readonly model: Model
  readonly adapter: Parameters<typeof Backprop.create>[2]
  readonly layout: ReturnType<typeof parameterLayout>
  readonly arena: Arena
  readonly replica: Replica
  readonly weights: Parameters<typeof Backprop.create>[1]
  readonly batch: ReturnType<typeof makeBatch>
}

/** Every gradient is the recorded one, and the slope along a direction is what the gradients give. The replica receives the direction. */
export async function expectDerivatives(
  { model, adapter, layout, arena, replica, weights, batch }: Trained,
  expected: ReadonlyMap<string, ArrayLike<number>>,
  along: Float32Array,
): Promise<void> {
  const gradient = new Float32Array(layout.size)
  using backprop = await Backprop.create(model, weights, adapter, CLASSES, 'adapter')
  await backprop.gradients(
    batch,
    (layer) => feedsInPlace(layout.byLayer[layer]!, replica.values),
    (layer, input, values) => gradient.set(values, layout.byLayer[layer]!.find((parameter) => parameter.input === input)!.offset),
  )
  expect(layout.parameters.map((parameter) => parameter.name).toSorted()).toEqual([...expected.keys()].toSorted())
  for (const { name, offset, size } of layout.parameters) close(gradient.subarray(offset, offset + size), expected.get(name)!, name)

  replica.receive(directionBytes(layout, along))
  using tangents = await TangentSweep.create(model, weights, layout, adapter, CLASSES, arena)
  const { derivatives } = await tangents.run(batch, replica.values, [{ pool: Float64Array.of(1), noise: [] }], replica.combiner)
  const slope = derivatives[0]!.reduce((sum, x) => sum + x, 0) / batch.sequences
  expect(slope).toBeCloseTo(
    gradient.reduce((sum, g, i) => sum + g * along[i]!, 0),
    4,
  )
}
