import { describe, expect, test } from 'vitest'
import { Model } from '#main/models/model.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { Arena } from '#main/engine/arena.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Example, makeBatch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { type ProbePoint, Sweep } from '#main/training/sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import {
  ADAPTERS,
  EVERYWHERE,
  directionBytes,
  distance,
  fill,
  mean,
  openTiny,
  oracle,
  randomVector,
  recordedRows,
  tinyDirectory,
  trainableAt,
} from './tiny.ts'

function rows(count: number, longest: number): Example[] {
  const stream = new Stream(deriveKey(3, 'rows', count, longest))
  return Array.from({ length: count }, (_, n) => {
    const length = n === 0 ? longest : 2 + stream.below(longest - 1)
    return { ids: Int32Array.from({ length }, () => 5 + stream.below(55)), label: stream.below(3) }
  })
}

/** Points in pairs along pool directions and noise, and one without direction, as phones probe. */
function points(count: number, poolCount: number): ProbePoint[] {
  const direction = (i: number): Combination => ({
    pool: Float64Array.from({ length: poolCount }, (_, j) => (j === i % Math.max(1, poolCount) ? 0.7 : -0.2)),
    noise: [{ key: noiseKey(1, 1, 0, i), weight: 0.3 }],
  })
  return Array.from({ length: count }, (_, p): ProbePoint =>
    p === 0 ? { direction: null, scale: 0 } : { direction: direction(p >> 1), scale: p % 2 ? 0.05 : -0.05 },
  )
}

describe('a sweep', () => {
  test.each(ADAPTERS)('gives at many points at once what it gives at each point alone (%s)', async (_, adapterSpec) => {
    const tiny = openTiny(adapterSpec)
    const { model, weights, layout, adapter, arena, replica } = tiny
    // Off zero, where an adapter would be nothing.
    replica.values.set(randomVector(layout.size, 5).map((x) => 0.2 * x))
    for (let j = 0; j < 2; j++) replica.receive(directionBytes(layout, randomVector(layout.size, 6, j)))
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    // 16 points of 5 rows: chunks of 6, 6 and 4. 3 rows: 10 points a chunk. 40 rows: one point a chunk.
    for (const [count, longest, pointCount] of [
      [5, 9, 16],
      [3, 12, 11],
      [40, 4, 3],
      [32, 3, 2],
      [1, 2, 33],
    ] as const) {
      const batch = makeBatch(rows(count, longest), 0)
      const all = points(pointCount, 2)
      const together = await sweep.run(batch, replica.values, all, replica.combiner)
      expect(together.losses.length).toBe(pointCount * count)
      for (const [p, point] of all.entries()) {
        const alone = await sweep.run(batch, replica.values, [point], replica.combiner)
        expect(distance(together.losses.subarray(p * count, (p + 1) * count), alone.losses)).toBeLessThan(2e-5)
        expect(distance(together.logits.subarray(p * count * 3, (p + 1) * count * 3), alone.logits)).toBeLessThan(2e-5)
      }
      const losses = all.map((__, p) => mean(together.losses.subarray(p * count, (p + 1) * count)))
      expect(new Set(losses.map((loss) => loss.toFixed(7))).size).toBeGreaterThan(pointCount / 2)
    }
  })

  test('moves the parameters by exactly the combination that a point names', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { model, weights, layout, adapter, arena, kernels, replica } = tiny
    replica.values.set(randomVector(layout.size, 8).map((x) => 0.2 * x))
    const directions = [0, 1].map((j) => randomVector(layout.size, 9, j))
    for (const direction of directions) replica.receive(directionBytes(layout, direction))
    const key = noiseKey(1, 2, 3, 4)
    const noise = arena.floats(layout.size)
    kernels.addGaussian(arena.offsetOf(noise), layout.size, 1, key, 0)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const batch = makeBatch(recordedRows, 0)
    const direction = { pool: Float64Array.of(0.5, -1.5), noise: [{ key, weight: 2 }] }
    const moved = replica.values.map((value, i) => value + 0.03 * (0.5 * directions[0]![i]! - 1.5 * directions[1]![i]! + 2 * noise[i]!))
    const named = await sweep.run(batch, replica.values, [{ direction, scale: 0.03 }], replica.combiner)
    const explicit = await sweep.run(batch, moved, [{ direction: null, scale: 0 }], replica.combiner)
    expect(distance(named.logits, explicit.logits)).toBeLessThan(2e-5)
  })

  test('with all padding stripped from the batch gives the same row losses', async () => {
    const { model, weights, layout, adapter, arena, replica } = openTiny(null)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const at: ProbePoint[] = [{ direction: null, scale: 0 }]
    const padded = await sweep.run(makeBatch(recordedRows, 0), replica.values, at, replica.combiner)
    for (const [n, row] of recordedRows.entries()) {
      const alone = await sweep.run(makeBatch([row], 0), replica.values, at, replica.combiner)
      expect(distance(padded.losses.subarray(n, n + 1), alone.losses)).toBeLessThan(1e-5)
    }
    expect(distance(padded.losses, oracle.classification.losses)).toBeLessThan(1e-4)
  })

  test('gives the same with weights streamed through one buffer', async () => {
    const { model, weights, layout, adapter, arena, replica } = openTiny(EVERYWHERE)
    replica.values.set(randomVector(layout.size, 10).map((x) => 0.2 * x))
    const second = new Model(tinyDirectory, 7)
    const streamed = new StreamedWeights(second, new Arena(streamedBytes(second)))
    const batch = makeBatch(rows(6, 8), 0)
    const all = points(12, 0)
    using resident = await Sweep.create(model, weights, layout, adapter, 3, arena)
    using streaming = await Sweep.create(second, streamed, layout, adapter, 3, arena)
    const expected = await resident.run(batch, replica.values, all, replica.combiner)
    for (let time = 0; time < 2; time++) {
      const found = await streaming.run(batch, replica.values, all, replica.combiner)
      expect(found.logits).toEqual(expected.logits)
    }
  })

  test('leaves the parameters and the arena as they were', async () => {
    const { model, weights, layout, adapter, arena, replica } = openTiny(EVERYWHERE)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const [digest, used] = [replica.digest(), arena.usedBytes]
    await sweep.run(makeBatch(rows(4, 6), 0), replica.values, points(9, 0), replica.combiner)
    expect([replica.digest(), arena.usedBytes]).toEqual([digest, used])
  })

  test('two-point probes approximate the product of gradient and direction', async () => {
    const tiny = openTiny({ kind: 'lora', rank: oracle.lora.rank, alpha: oracle.lora.alpha, targets: oracle.lora.targets })
    const { model, weights, layout, adapter, arena, kernels, replica } = tiny
    fill(layout, replica.values, oracle.lora.weights)
    const gradient = new Float64Array(layout.size)
    fill(layout, gradient, oracle.lora.gradients)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    using backprop = await Backprop.create(model, weights, adapter, 3, 'adapter')
    const batch = makeBatch(recordedRows, 0)
    const own = new Float32Array(layout.size)
    await backprop.gradients(batch, trainableAt(layout, replica.values), (layer, input, values) => {
      own.set(values, layout.parameters.find((p) => p.layer === layer && p.input === input)!.offset)
    })
    const epsilon = 1e-2
    const length = Math.sqrt(layout.size)
    const keys = Array.from({ length: 6 }, (_, i) => noiseKey(3, 1, 0, i))
    const all = keys.flatMap((key): ProbePoint[] =>
      [epsilon, -epsilon].map((scale) => ({ direction: { pool: new Float64Array(0), noise: [{ key, weight: 1 / length }] }, scale })),
    )
    const { losses } = await sweep.run(batch, replica.values, all, replica.combiner)
    const means = all.map((_, p) => mean(losses.subarray(p * 4, (p + 1) * 4)))
    for (const [i, key] of keys.entries()) {
      const mark = arena.mark()
      const noise = arena.floats(layout.size).fill(0)
      kernels.addGaussian(arena.offsetOf(noise), layout.size, 1 / length, key, 0)
      const along = (vector: ArrayLike<number>): number => noise.reduce((sum, z, k) => sum + z * vector[k]!, 0)
      const probed = (means[2 * i]! - means[2 * i + 1]!) / (2 * epsilon)
      expect(Math.abs(probed - along(gradient))).toBeLessThan(2e-3)
      expect(Math.abs(probed - along(own))).toBeLessThan(2e-3)
      arena.release(mark)
    }
  })
})
