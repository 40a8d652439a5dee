import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { Model } from '#main/models/model.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Batch, makeBatch } from '#main/training/batch.ts'
import type { Combination } from '#main/training/directions/combination.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { type ProbePoint, Sweep } from '#main/training/sweep.ts'
import type { SweepBudget } from '#main/training/sweep-plan.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import {
  ADAPTERS,
  EVERYWHERE,
  type Tiny,
  directionBytes,
  distance,
  fill,
  mean,
  openTiny,
  oracle,
  randomVector,
  recordedRows,
  relativeDistance,
  tinyDirectory,
  trainableAt,
} from './tiny.ts'

const LORA = { kind: 'lora' as const, rank: oracle.lora.rank, alpha: oracle.lora.alpha, targets: oracle.lora.targets }
const recorded = makeBatch(recordedRows, 0)

function randomBatch(sequences: number, tokens: number): Batch {
  const stream = new Stream(deriveKey(4, 'rows', sequences))
  const rows = Array.from({ length: sequences }, (_, n) => ({
    ids: Int32Array.from({ length: n === 0 ? tokens : 1 + stream.below(tokens) }, () => 5 + stream.below(55)),
    label: stream.below(3),
  }))
  return makeBatch(rows, 0)
}

/** Gaussian directions of about unit length. */
function unitDirections(count: number, { layout }: Tiny): Combination[] {
  const weight = 1 / Math.sqrt(layout.size)
  return Array.from({ length: count }, (_, i) => ({ pool: new Float64Array(0), noise: [{ key: noiseKey(5, 1, 0, i), weight }] }))
}

function openSweep({ model, weights, layout, adapter, arena }: Tiny, budget?: SweepBudget): Promise<TangentSweep> {
  return TangentSweep.create(model, weights, layout, adapter, 3, arena, budget)
}

/** d(mean loss)/d(trainable), by backpropagation. */
async function gradientOf({ model, weights, adapter, layout, replica }: Tiny, batch: Batch): Promise<Float32Array> {
  using backprop = await Backprop.create(model, weights, adapter, 3, adapter ? 'adapter' : 'all')
  const gradient = new Float32Array(layout.size)
  await backprop.gradients(batch, trainableAt(layout, replica.values), (layer, input, values) => {
    const parameter = layout.parameters.find((p) => p.layer === layer && p.input === input)
    if (parameter) gradient.set(values, parameter.offset)
  })
  return gradient
}

/** The combination of noise alone, written out. */
function written({ layout, arena, kernels }: Tiny, { noise }: Combination): Float32Array {
  const mark = arena.mark()
  const vector = arena.floats(layout.size).fill(0)
  for (const { key, weight } of noise) kernels.addGaussian(arena.offsetOf(vector), layout.size, weight, key, 0)
  arena.release(mark)
  return vector.slice()
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0)
}

describe('a sweep with tangents', () => {
  test("gives PyTorch's losses and its derivative along the recorded direction", async () => {
    const tiny = openTiny(LORA)
    const { layout, replica } = tiny
    fill(layout, replica.values, oracle.lora.weights)
    const direction = new Float32Array(layout.size)
    fill(layout, direction, oracle.lora.direction)
    replica.receive(directionBytes(layout, direction))
    using sweep = await openSweep(tiny)
    const along = { pool: Float64Array.of(1), noise: [] }
    const { losses, derivatives } = await sweep.run(recorded, replica.values, [along], replica.combiner)
    expect(distance(losses, oracle.lora.losses)).toBeLessThan(1e-4)
    const expected = oracle.lora.directionalDerivative
    expect(Math.abs(mean(derivatives[0]!) - expected)).toBeLessThan(1e-4 * Math.abs(expected))
    const gradient = new Float32Array(layout.size)
    fill(layout, gradient, oracle.lora.gradients)
    expect(Math.abs(mean(derivatives[0]!) - dot(gradient, direction))).toBeLessThan(1e-4 * Math.abs(expected))
  })

  test.each(ADAPTERS)('gives the product of each direction with the gradient of backpropagation (%s)', async (_, adapterSpec) => {
    const tiny = openTiny(adapterSpec)
    const { layout, replica } = tiny
    // Off zero, where an adapter would be nothing.
    replica.values.set(randomVector(layout.size, 5).map((x) => 0.2 * x))
    const gradient = await gradientOf(tiny, recorded)
    const directions = unitDirections(7, tiny)
    const expected = directions.map((direction) => dot(gradient, written(tiny, direction)))
    // Whole; parts of the batch and of the directions; one row and one direction at a time.
    for (const budget of [undefined, { activationBytes: 1 << 12, stateBytes: 1 << 13 }, { activationBytes: 1, stateBytes: 1 }]) {
      using sweep = await openSweep(tiny, budget)
      const { derivatives } = await sweep.run(recorded, replica.values, directions, replica.combiner)
      expect(relativeDistance(derivatives.map(mean), expected)).toBeLessThan(1e-4)
    }
  })

  test('gives logits and their tangents: of a row, the loss moves by (p - y) . d logits', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { layout, replica } = tiny
    replica.values.set(randomVector(layout.size, 5).map((x) => 0.2 * x))
    const directions = unitDirections(3, tiny)
    for (const budget of [undefined, { activationBytes: 1, stateBytes: 1 }]) {
      using sweep = await openSweep(tiny, budget)
      const { losses, logits, derivatives, tangents } = await sweep.run(recorded, replica.values, directions, replica.combiner)
      const classes = logits.length / losses.length
      losses.forEach((loss, row) => {
        const label = Number(recorded.labels[row])
        const own = logits.subarray(row * classes, (row + 1) * classes)
        const total = own.reduce((sum, l) => sum + Math.exp(l), 0)
        expect(Math.log(total) - own[label]!).toBeCloseTo(loss, 4)
        derivatives.forEach((derivative, k) => {
          const slope = own.reduce((sum, l, c) => sum + (Math.exp(l) / total - (label === c ? 1 : 0)) * tangents[k]![row * classes + c]!, 0)
          expect(slope).toBeCloseTo(derivative[row]!, 4)
        })
      })
    }
  })

  test('adds a combination of pool and noise up as its parts', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { layout, replica } = tiny
    replica.values.set(randomVector(layout.size, 8).map((x) => 0.2 * x))
    for (let j = 0; j < 2; j++) replica.receive(directionBytes(layout, randomVector(layout.size, 9, j)))
    const noise = [{ key: noiseKey(1, 2, 3, 4), weight: 2 }]
    using sweep = await openSweep(tiny)
    const run = async (pool: number[], own: Combination['noise'] = []): Promise<Float32Array> =>
      (await sweep.run(recorded, replica.values, [{ pool: Float64Array.from(pool), noise: own }], replica.combiner)).derivatives[0]!
    const [a, b, z] = [await run([1, 0]), await run([0, 1]), await run([0, 0], noise)]
    const sum = a.map((x, n) => 0.5 * x - 1.5 * b[n]! + z[n]!)
    expect(relativeDistance(await run([0.5, -1.5], noise), sum)).toBeLessThan(1e-4)
  })

  test('is what two-point probes come to as their step shrinks, with an error of the second order', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { model, weights, layout, adapter, arena, replica } = tiny
    replica.values.set(randomVector(layout.size, 11).map((x) => 0.2 * x))
    const directions = unitDirections(8, tiny)
    using exact = await openSweep(tiny)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const { derivatives } = await exact.run(recorded, replica.values, directions, replica.combiner)
    const errorAt = async (step: number): Promise<number> => {
      const points = directions.flatMap((direction): ProbePoint[] => [
        { direction, scale: step },
        { direction, scale: -step },
      ])
      const { losses } = await sweep.run(recorded, replica.values, points, replica.combiner)
      const at = (p: number): number => mean(losses.subarray(p * recorded.sequences, (p + 1) * recorded.sequences))
      const estimates = directions.map((_, k) => (at(2 * k) - at(2 * k + 1)) / (2 * step))
      return Math.hypot(...estimates.map((estimate, k) => estimate - mean(derivatives[k]!)))
    }
    const [wide, half, small] = [await errorAt(0.4), await errorAt(0.2), await errorAt(0.01)]
    expect(wide / half).toBeGreaterThan(3.3)
    expect(wide / half).toBeLessThan(4.7)
    expect(small).toBeLessThan(wide / 100)
  })

  test('gives the same however its directions are cut into calls', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { layout, replica } = tiny
    replica.values.set(randomVector(layout.size, 12).map((x) => 0.2 * x))
    using sweep = await openSweep(tiny)
    // 16 directions of 5 rows: calls of 6, 6 and 4. 40 rows: one a call. One row: 32 and 1.
    for (const [sequences, tokens, count] of [
      [5, 9, 16],
      [40, 4, 3],
      [1, 2, 33],
    ] as const) {
      const batch = randomBatch(sequences, tokens)
      const directions = unitDirections(count, tiny)
      const together = await sweep.run(batch, replica.values, directions, replica.combiner)
      expect(together.derivatives.map(({ length }) => length)).toEqual(Array(count).fill(sequences))
      for (const [k, direction] of directions.entries()) {
        const alone = await sweep.run(batch, replica.values, [direction], replica.combiner)
        expect(distance(together.losses, alone.losses)).toBeLessThan(1e-6)
        expect(distance(together.derivatives[k]!, alone.derivatives[0]!)).toBeLessThan(2e-6)
      }
    }
  })

  test('gives every row its own derivative, padding or not', async () => {
    const tiny = openTiny(LORA)
    const { layout, replica } = tiny
    fill(layout, replica.values, oracle.lora.weights)
    using sweep = await openSweep(tiny)
    const directions = unitDirections(3, tiny)
    const { losses, derivatives } = await sweep.run(recorded, replica.values, directions, replica.combiner)
    for (const [n, row] of recordedRows.entries()) {
      const alone = await sweep.run(makeBatch([row], 0), replica.values, directions, replica.combiner)
      expect(Math.abs(alone.losses[0]! - losses[n]!)).toBeLessThan(1e-5)
      alone.derivatives.forEach((own, k) => expect(Math.abs(own[0]! - derivatives[k]![n]!)).toBeLessThan(1e-5))
    }
  })

  test('without a direction tells the losses', async () => {
    const tiny = openTiny(null)
    using sweep = await openSweep(tiny)
    const { losses, derivatives } = await sweep.run(recorded, tiny.replica.values, [], tiny.replica.combiner)
    expect(distance(losses, oracle.classification.losses)).toBeLessThan(1e-4)
    expect(derivatives).toEqual([])
  })

  test('gives the same with weights streamed through one buffer, again and again, and leaves parameters and arena as they were', async () => {
    const tiny = openTiny(EVERYWHERE)
    const { layout, adapter, arena, replica } = tiny
    replica.values.set(randomVector(layout.size, 10).map((x) => 0.2 * x))
    const second = new Model(tinyDirectory, 7)
    const streamed = new StreamedWeights(second, new Arena(streamedBytes(second)))
    const directions = unitDirections(9, tiny)
    using resident = await openSweep(tiny)
    using streaming = await TangentSweep.create(second, streamed, layout, adapter, 3, arena)
    const [digest, used] = [replica.digest(), arena.usedBytes]
    const expected = await resident.run(recorded, replica.values, directions, replica.combiner)
    for (let time = 0; time < 2; time++) {
      expect(await streaming.run(recorded, replica.values, directions, replica.combiner)).toEqual(expected)
    }
    expect([replica.digest(), arena.usedBytes]).toEqual([digest, used])
  })
})

describe('the cost of tangents', () => {
  test('is that of the products that run: twice those of attention and adapter, fewer in the first block', async () => {
    const rank = 2
    const tiny = openTiny({ kind: 'lora', rank, alpha: 4, targets: ['query', 'value'] })
    const { hiddenSize: h, intermediateSize: wide, layers } = tiny.model.config
    using sweep = await openSweep(tiny)
    const [n, s] = [3, 7]
    const [dense, half, low] = [h * h, s * h, rank * h]
    const block = n * s * (4 * dense + 2 * h * wide + 2 * half + 4 * low)
    const head = n * (dense + 3 * h)
    // In the first block the input rests: query, key and value take no dense product, x A^T moves with A alone, and the key stays.
    const first = n * s * (dense + 2 * h * wide + 3 * half + 6 * low)
    const later = n * s * (4 * dense + 2 * h * wide + 4 * half + 8 * low)
    const perTangent = (first + (layers - 1) * later + n * (dense + 6 * h)) / (layers * block + head)
    for (const count of [0, 1, 8]) {
      const directions = unitDirections(count, tiny)
      expect(sweep.forwardPasses({ sequences: n, tokens: s }, directions)).toBeCloseTo(1 + count * perTangent, 9)
    }
  })

  test('takes no product for a bias that moves, but all that follow from it', async () => {
    const tiny = openTiny({ kind: 'bitfit' })
    const { hiddenSize: h, intermediateSize: wide, layers } = tiny.model.config
    using sweep = await openSweep(tiny)
    const [n, s] = [3, 7]
    const [dense, half] = [h * h, s * h]
    const head = n * (dense + 3 * h)
    const block = n * s * (4 * dense + 2 * h * wide + 2 * half)
    const [first, later] = [1, 4].map((products) => n * s * (products * dense + 2 * h * wide + 4 * half)) as [number, number]
    const perTangent = (first + (layers - 1) * later + n * (dense + 6 * h)) / (layers * block + head)
    expect(sweep.forwardPasses({ sequences: n, tokens: s }, unitDirections(5, tiny))).toBeCloseTo(1 + 5 * perTangent, 9)
  })
})
