import { expect, test } from 'vitest'
import { makeBatch } from '#main/training/batch.ts'
import { Sweep } from '#main/training/sweep.ts'
import { ADAPTERS, type Tiny, distance, openTiny, randomVector, recordedRows, tinyHalfDirectory, replicaSpec } from '../tiny.ts'

async function logitsOf({ model, weights, layout, adapter, arena, replica }: Tiny): Promise<Float32Array> {
  using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
  const { logits } = await sweep.run(makeBatch(recordedRows, 0), replica.values, [{ direction: null, scale: 0 }], replica.combiner)
  return logits
}

test.each(ADAPTERS)(
  "training starts at the checkpoint's function, and moves away from it with the adapter alone (%s)",
  async (name, spec) => {
    const tiny = openTiny(spec)
    const plain = await logitsOf(openTiny(null))
    const started = await logitsOf(tiny)
    // A trained bias is added after the product, a frozen one within it: the last bit may differ.
    if (name === 'BitFit') expect(distance(started, plain)).toBeLessThan(1e-6)
    else expect(started).toEqual(plain)
    const ofAdapter = tiny.layout.byLayer.at(-1)![0]!.offset
    randomVector(ofAdapter, 3).forEach((z, i) => (tiny.replica.values[i]! += 0.2 * z))
    if (spec === null) expect(ofAdapter).toBe(0)
    else expect(distance(await logitsOf(tiny), plain)).toBeGreaterThan(1e-3)
  },
)

test.each([undefined, tinyHalfDirectory])('BitFit starts from every bias that the blocks of the checkpoint have (%s)', (directory) => {
  const { layout, replica, weights, model } = openTiny({ kind: 'bitfit' }, replicaSpec(), directory)
  const biases = [...weights.tensors].filter(([name]) => /^encoder\..*\.bias$/.test(name))
  expect(layout.byLayer.slice(0, -1).flat().length).toBe(biases.length)
  for (const [name, { data }] of biases) {
    const { offset, size } = layout.parameters.find((p) => p.name === model.architecture.prefix + name)!
    expect(replica.values.slice(offset, offset + size), name).toEqual(data)
  }
})
