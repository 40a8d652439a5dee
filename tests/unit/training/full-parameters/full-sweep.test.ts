import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ResidentWeights } from '#main/models/weights.ts'
import { type Batch, type Example, makeBatch } from '#main/training/batch.ts'
import { DisplacedWeights } from '#main/training/full-parameters/displaced-weights.ts'
import { FullSweep } from '#main/training/full-parameters/full-sweep.ts'
import { commitNext, writeNext } from '#main/training/full-parameters/weights-file.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { type ProbePoint, Sweep, type SweepResult } from '#main/training/sweep.ts'
import { AMPLE } from '#main/training/sweep-plan.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { seeded, updateBytes } from '../../wire/terms.ts'
import { distance, mean, openTiny, oracle, recordedRows, tinyDirectory } from '../tiny.ts'
import { folder, noiseOf, openFull, thetaOf, updateOf } from './opened.ts'

const STILL: ProbePoint = { direction: null, scale: 0 }

function along(scale: number, ...keys: [round: number, phone: number, index: number][]): ProbePoint {
  const noise = keys.map(([round, phone, index], i) => ({ key: noiseKey(7, round, phone, index), weight: 1 / (i + 1) }))
  return { direction: { pool: new Float64Array(0), noise }, scale }
}

function rows(count: number, longest: number): Example[] {
  const stream = new Stream(deriveKey(3, 'rows', count, longest))
  return Array.from({ length: count }, (_, n) => {
    const length = n === 0 ? longest : 2 + stream.below(longest - 1)
    return { ids: Int32Array.from({ length }, () => 5 + stream.below(55)), label: stream.below(3) }
  })
}

/** Losses and logits of batches by the plain forward pass over a checkpoint that holds `theta`. */
async function plainForward(
  { layout }: ReturnType<typeof openFull>,
  theta: Float32Array,
  batches: readonly Batch[],
): Promise<SweepResult[]> {
  const directory = folder()
  const path = join(directory, 'model.safetensors')
  writeNext(path, layout, 0, ({ offset, size }) => theta.subarray(offset, offset + size))
  commitNext(path)
  copyFileSync(join(tinyDirectory, 'config.json'), join(directory, 'config.json'))
  const tiny = openTiny(null, undefined, directory)
  using sweep = await Sweep.create(tiny.model, new ResidentWeights(tiny.model), tiny.layout, null, 3, tiny.arena)
  const results: SweepResult[] = []
  for (const batch of batches) results.push(await sweep.run(batch, tiny.replica.values, [STILL], tiny.replica.combiner))
  return results
}

describe('a sweep over all weights', () => {
  test.each(['gaussian', 'rademacher'] as const)(
    'gives at every point what a forward pass over a checkpoint moved there gives (%s)',
    async (distribution) => {
      const opened = openFull(undefined, { distribution })
      opened.replica.apply(updateOf(1))
      using sweep = await FullSweep.create(opened.model, opened.replica, 3, opened.arena, AMPLE)
      const points = [STILL, along(0.03, [2, 0, 0]), along(-0.03, [2, 0, 0]), along(0.02, [2, 1, 0], [2, 4, 1])]
      const theta = thetaOf(opened)
      const z = (phone: number, index: number): Float32Array => noiseOf(opened, distribution, 7, 2, phone, index)
      const moved = [
        theta,
        theta.map((x, i) => x + 0.03 * z(0, 0)[i]!),
        theta.map((x, i) => x - 0.03 * z(0, 0)[i]!),
        theta.map((x, i) => x + 0.02 * (z(1, 0)[i]! + z(4, 1)[i]! / 2)),
      ]
      const batches = [makeBatch(rows(5, 9), 0), makeBatch(rows(40, 4), 0), makeBatch(rows(1, 12), 0)]
      const expected = await Promise.all(moved.map((vector) => plainForward(opened, vector, batches)))
      for (const [b, batch] of batches.entries()) {
        const count = batch.sequences
        const { losses, logits } = await sweep.run(batch, points)
        for (const p of points.keys()) {
          expect(distance(losses.subarray(p * count, (p + 1) * count), expected[p]![b]!.losses)).toBeLessThan(2e-5)
          expect(distance(logits.subarray(p * count * 3, (p + 1) * count * 3), expected[p]![b]!.logits)).toBeLessThan(2e-5)
        }
        expect(new Set(points.map((_, p) => mean(losses.subarray(p * count, (p + 1) * count)).toFixed(6))).size).toBe(points.length)
      }
    },
  )

  test('leaves theta and the arena as they were, and gives the same again', async () => {
    const { model, replica, arena, files, layout } = openFull()
    using sweep = await FullSweep.create(model, replica, 3, arena, AMPLE)
    const [digest, used] = [replica.digest(), arena.usedBytes]
    const batch = makeBatch(rows(4, 6), 0)
    const points = [along(0.1, [1, 0, 0]), along(-0.1, [1, 0, 0]), STILL]
    const first = await sweep.run(batch, points)
    expect(await sweep.run(batch, points)).toEqual(first)
    expect([replica.digest(), arena.usedBytes]).toEqual([digest, used])
    const again = openFull(undefined, {}, join(files.start, '..'))
    expect(again.layout).toEqual(layout)
    expect(again.replica.digest()).toBe(digest)
  })

  test('in passes that are cut at the bound on hidden states gives the same', async () => {
    const { model, replica, arena } = openFull()
    const batch = makeBatch(rows(6, 12), 0)
    // Hidden states of 6 rows of 12 tokens take 4608 bytes: 4 and 3 and 4 points make a group.
    using cut = await FullSweep.create(model, replica, 3, arena, { ...AMPLE, stateBytes: 4 * 4608 })
    using whole = await FullSweep.create(model, replica, 3, arena, AMPLE)
    const points = Array.from({ length: 11 }, (_, i) => along(0.05, [1, 0, i]))
    expect(await cut.run(batch, points)).toEqual(await whole.run(batch, points))
    expect(cut.forwardPasses(batch, points)).toBe(11)
  })

  test('aside moves with the replica, and no longer afterwards', async () => {
    const opened = openFull()
    const { model, replica, arena } = opened
    using sweep = await FullSweep.create(model, replica, 3, arena, AMPLE)
    const batch = makeBatch(rows(4, 6), 0)
    const before = await sweep.run(batch, [STILL])
    const aside = await replica.aside(async () => {
      replica.move(along(1, [1, 0, 0]).direction!, 0.02)
      replica.move(along(1, [1, 0, 1]).direction!, -0.01)
      return sweep.run(batch, [STILL, along(0.03, [1, 2, 0])])
    })
    expect(await sweep.run(batch, [STILL])).toEqual(before)
    const theta = thetaOf(opened)
    const z = (phone: number, index: number): Float32Array => noiseOf(opened, 'gaussian', 7, 1, phone, index)
    const moved = theta.map((x, i) => x + 0.02 * z(0, 0)[i]! - 0.01 * z(0, 1)[i]!)
    const [still] = await plainForward(opened, moved, [batch])
    expect(distance(aside.losses.subarray(0, 4), still!.losses)).toBeLessThan(2e-5)
    const [probed] = await plainForward(
      opened,
      moved.map((x, i) => x + 0.03 * z(2, 0)[i]!),
      [batch],
    )
    expect(distance(aside.losses.subarray(4), probed!.losses)).toBeLessThan(2e-5)
  })

  test('gives two-point derivatives that are the product of PyTorch’s gradient and the noise', async () => {
    const opened = openFull()
    using sweep = await FullSweep.create(opened.model, opened.replica, 3, opened.arena, AMPLE)
    const gradient = new Float64Array(opened.layout.size)
    for (const { name, offset, size } of opened.layout.parameters) {
      const recorded = oracle.classification.gradients[name] ?? oracle.classification.gradients[name.replace(/^bert\./, '')]
      if (recorded?.data.length !== size) throw new Error(`no recorded gradient of ${name}`)
      gradient.set(recorded.data, offset)
    }
    const epsilon = 1e-3
    for (let index = 0; index < 4; index++) {
      const { losses } = await sweep.run(makeBatch(recordedRows, 0), [along(epsilon, [1, 0, index]), along(-epsilon, [1, 0, index])])
      const probed = (mean(losses.subarray(0, 4)) - mean(losses.subarray(4))) / (2 * epsilon)
      const expected = noiseOf(opened, 'gaussian', 7, 1, 0, index).reduce((sum, z, i) => sum + z * gradient[i]!, 0)
      expect(Math.abs(probed - expected)).toBeLessThan(0.01 + 0.01 * Math.abs(expected))
    }
  })
})

test('a probe moves every weight, rows of the tables too, by the very bits by which an update moves it', () => {
  const probing = openFull()
  const weights = new DisplacedWeights(probing.replica, probing.arena)
  weights.moveTo(along(-0.04, [9, 3, 0]))
  const updated = openFull()
  updated.replica.apply(updateBytes(9, 0.04, seeded(3, 9, [1])))
  const theta = thetaOf(updated)
  const { layout } = probing
  const at = (offset: number, size: number): Float32Array => theta.slice(offset, offset + size)
  const compare = (feeds: ReturnType<DisplacedWeights['block']>, parameters: typeof layout.parameters): void => {
    for (const { input, offset, size } of parameters)
      expect(Float32Array.from(feeds[input]!.data as Float32Array)).toEqual(at(offset, size))
  }
  for (const layer of [0, 1]) compare(weights.block(layer), layout.byLayer[layer]!)
  compare(weights.pooler(), layout.byLayer[2]!)
  compare(weights.embeddingNorm(), layout.embedding.slice(3))
  for (const { input, offset, rows: count, columns } of layout.embedding.slice(0, 3)) {
    const ids = Int32Array.of(count - 1, 0, 1, count - 1, 0)
    const out = new Float32Array(ids.length * columns)
    weights.embeddingRows(input, ids, out)
    ids.forEach((id, i) => expect(out.slice(i * columns, (i + 1) * columns)).toEqual(at(offset + id * columns, columns)))
  }
})
