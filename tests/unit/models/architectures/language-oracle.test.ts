import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { Model, modelWeights } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { Backprop } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { evaluate } from '#main/training/evaluate.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { around } from '#main/training/point-sweep.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes, feedsInPlace } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { addGradient } from '#main/training/weight-gradients.ts'
import { directionBytes, distance, kernelBytes, randomVector, relativeDistance, replicaSpec } from '../../training/tiny.ts'
import { recorded, recordedDirectory, recordedExamples, recordedModels, recordedTensors } from './recorded.ts'

const HERE = { direction: null, scale: 0 }
const MASK = 1

async function open(name: string, head: HeadSpec, streamed: boolean, lora: boolean) {
  const model = new Model(recordedDirectory(name), 7)
  const { architecture, config } = model
  const adapter = lora ? blockAdapter(architecture, config, { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] }) : null
  const layout = parameterLayout(architecture, config, adapter, head)
  const arena = new Arena(
    Replica.bytes(layout, { poolSize: 4 }) + displacedBytes(layout, 1) + streamedBytes(model, 'fp32', head) + (1 << 16),
  )
  const kernels = loadKernels(arena.memory, kernelBytes)
  const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
  const weights = streamed ? new StreamedWeights(model, arena, { kernels, head }) : new ResidentWeights(model, { head })
  const parts = [model, weights, layout, adapter, head, arena] as const
  return { model, weights, adapter, layout, arena, replica, parts }
}

async function gradientsOf(name: string, head: HeadSpec, batch: ReturnType<typeof makeBatch>): Promise<Map<string, Float32Array>> {
  const { model, weights } = await open(name, head, false, false)
  const { architecture, config } = model
  const specs = modelWeights(architecture, config, head)
  const found = new Map(specs.map(({ name: own, shape }) => [own, new Float32Array(shape.reduce((product, d) => product * d, 1))]))
  using backprop = await Backprop.create(model, weights, null, head, 'all')
  await backprop.gradients(
    batch,
    () => ({}),
    (...gradient) => addGradient(model, batch, gradient, (own) => found.get(own)!, 1, head),
  )
  return new Map([...found].map(([own, values]) => [fullName(architecture, own), values]))
}

/** How many tensors were compared. */
function compare(found: Map<string, Float32Array>, expected: Map<string, Float32Array>): number {
  for (const [own, values] of expected) {
    if (!found.has(own)) expect(distance(values, new Float32Array(values.length)), own).toBe(0)
    else if (distance(values, new Float32Array(values.length)) < 1e-6) expect(distance(found.get(own)!, values), own).toBeLessThan(1e-6)
    else expect(relativeDistance(found.get(own)!, values), own).toBeLessThan(1e-4)
  }
  return expected.size
}

describe.each(recordedModels.filter((name) => recorded(name).words))('the scores of words by %s', (name) => {
  const oracle = recorded(name)
  const { ids, at, logits, losses } = oracle.words!
  const head: HeadSpec = { kind: 'words', ids }
  const batch = makeBatch(recordedExamples(oracle), MASK)
  batch.pick.fill(0)
  at.forEach((token, n) => (batch.pick[n * batch.tokens + token] = 1))

  test('are those of PyTorch, weights streamed', async () => {
    const { parts, replica } = await open(name, head, true, false)
    using sweep = await Sweep.create(...parts)
    const result = await sweep.run(batch, replica.values, [HERE], replica.combiner)
    expect(distance(result.logits, logits.flat())).toBeLessThan(1e-4)
    expect(distance(result.losses, losses)).toBeLessThan(1e-4)
  })

  test('have its gradients', async () => {
    expect(compare(await gradientsOf(name, head, batch), recordedTensors(name, 'words'))).toBeGreaterThan(5)
  })
})

describe.each(recordedModels.filter((name) => recorded(name).language))('the loss of the next word by %s', (name) => {
  const oracle = recorded(name)
  const head: HeadSpec = { kind: 'next-word' }
  const examples = recordedExamples(oracle)
  const form = { padId: 0, nextWord: true }
  const batch = makeBatch(examples, form)
  const expected = oracle.language!.losses
  const mean = expected.reduce((sum, x) => sum + x, 0) / expected.length

  test('is that of PyTorch, weights streamed, and its mean over the words of all rows', async () => {
    const { parts, replica } = await open(name, head, true, false)
    using sweep = await Sweep.create(...parts)
    const { losses } = await sweep.run(batch, replica.values, [HERE, HERE], replica.combiner)
    let done = 0
    const ofRows = examples.map(({ ids }) => expected.slice(done, (done += ids.length - 1)).reduce((sum, x) => sum + x, 0))
    const weighed = ofRows.map((sum) => (sum * examples.length) / expected.length)
    expect(relativeDistance(losses, [...weighed, ...weighed])).toBeLessThan(1e-5)
    const measured = await evaluate(around(replica, sweep), examples, form)
    expect(measured.loss).toBeCloseTo(mean, 5)
    expect(measured.accuracy * expected.length).toBeCloseTo(Math.round(measured.accuracy * expected.length), 9)
  })

  test('has its gradients', async () => {
    expect(compare(await gradientsOf(name, head, batch), recordedTensors(name, 'language'))).toBeGreaterThan(5)
  })

  test('changes along a direction of an adapter as reverse mode, forward mode and differences say alike', async () => {
    const { model, weights, adapter, layout, parts, replica } = await open(name, head, false, true)
    for (const [own, values] of recordedTensors(name, 'start')) {
      replica.values.set(values, layout.parameters.find((p) => p.name === own)!.offset)
    }
    const gradient = new Float32Array(layout.size)
    using backprop = await Backprop.create(model, weights, adapter, head, 'adapter')
    await backprop.gradients(
      batch,
      (layer) => feedsInPlace(layout.byLayer[layer]!, replica.values),
      (layer, input, values) => gradient.set(values, layout.byLayer[layer]!.find((p) => p.input === input)!.offset),
    )
    const along = randomVector(layout.size, 5, name)
    const product = gradient.reduce((sum, g, i) => sum + g * along[i]!, 0)
    replica.receive(directionBytes(layout, along))
    const direction = { pool: Float64Array.of(1), noise: [] }
    const total = (values: Float32Array): number => values.reduce((sum, x) => sum + x, 0) / batch.sequences

    using tangents = await TangentSweep.create(...parts)
    const { derivatives, losses } = await tangents.run(batch, replica.values, [direction, direction], replica.combiner)
    expect(total(derivatives[0]!)).toBeCloseTo(product, 4)
    expect(total(derivatives[1]!)).toBeCloseTo(product, 4)

    using sweep = await Sweep.create(...parts)
    const step = 1e-3
    const points = [HERE, { direction, scale: step }, { direction, scale: -step }]
    const around3 = await sweep.run(batch, replica.values, points, replica.combiner)
    const at = (point: number): number => total(around3.losses.subarray(point * batch.sequences, (point + 1) * batch.sequences))
    expect(distance(losses, around3.losses.subarray(0, batch.sequences))).toBeLessThan(1e-5)
    expect(Math.abs((at(1) - at(2)) / (2 * step) - product)).toBeLessThan(2e-2 * Math.max(1, Math.abs(product)))
  })
})
