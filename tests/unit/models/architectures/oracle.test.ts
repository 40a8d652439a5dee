import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { Backprop } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes, feedsInPlace } from '#main/training/sweep.ts'
import { addGradient } from '#main/training/weight-gradients.ts'
import { coded, distance, kernelBytes, randomVector, replicaSpec } from '../../training/tiny.ts'
import { CLASSES, close, expectDerivatives } from './derivatives.ts'
import { recorded, recordedDirectory, recordedExamples, recordedModels, recordedTensors } from './recorded.ts'

const HERE = { direction: null, scale: 0 }

describe.each(recordedModels)('%s', (name) => {
  const oracle = recorded(name)
  const examples = recordedExamples(oracle)

  function open(lora: boolean, streamed: boolean) {
    const model = new Model(recordedDirectory(name), 7)
    const { architecture, config } = model
    const { rank, alpha } = oracle.lora
    const adapter = lora ? blockAdapter(architecture, config, { kind: 'lora', rank, alpha, targets: ['query', 'value'] }) : null
    const layout = parameterLayout(architecture, config, adapter, CLASSES)
    const arena = new Arena(Replica.bytes(layout, { poolSize: 4 }) + displacedBytes(layout, 1) + streamedBytes(model) + (1 << 16))
    const kernels = loadKernels(arena.memory, kernelBytes)
    const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
    const weights = streamed ? new StreamedWeights(model, arena, { kernels }) : new ResidentWeights(model)
    const filler = config.padTokenId ?? 0
    return { model, adapter, layout, arena, replica, weights, batch: makeBatch(examples, filler) }
  }

  test('gives the logits of PyTorch, weights streamed', async () => {
    const { model, adapter, layout, arena, replica, weights, batch } = open(false, true)
    using sweep = await Sweep.create(model, weights, layout, adapter, CLASSES, arena)
    const { logits, losses } = await sweep.run(batch, replica.values, [HERE, HERE], replica.combiner)
    expect(distance(logits, [...oracle.classification.logits, ...oracle.classification.logits].flat())).toBeLessThan(1e-4)
    expect(distance(losses, [...oracle.classification.losses, ...oracle.classification.losses])).toBeLessThan(1e-4)
  })

  test.each(['everything', 'checkpoints'] as const)('gives the gradient of every weight (kept: %s)', async (kept) => {
    const { model, layout, replica, weights, batch } = open(false, false)
    const { architecture, config } = model
    const found = new Map<string, Float32Array>()
    const shapes = new Map(encoderWeights(architecture, config).map((spec) => [spec.name, spec.shape]))
    const sumOf = (own: string): Float32Array => {
      const size = (shapes.get(own) ?? layout.parameters.find((p) => p.name === own)!.shape).reduce((product, d) => product * d, 1)
      if (!found.has(own)) found.set(own, new Float32Array(size))
      return found.get(own)!
    }
    using backprop = await Backprop.create(model, weights, null, CLASSES, 'all', kept)
    await backprop.gradients(
      batch,
      (layer) => feedsInPlace(layout.byLayer[layer]!, replica.values),
      (...gradient) => addGradient(model, batch, gradient, sumOf),
    )
    const expected = recordedTensors(name, 'classification')
    const named = new Map([...found].map(([own, values]) => [fullName(architecture, own), values]))
    expect([...named.keys()].toSorted()).toEqual([...expected.keys()].toSorted())
    for (const [own, values] of expected) close(named.get(own)!, values, own)
  })

  test('with LoRA gives logits, gradients, and derivatives along a direction', async () => {
    const { model, adapter, layout, arena, replica, weights, batch } = open(true, false)
    for (const [own, values] of recordedTensors(name, 'start')) {
      const parameter = layout.parameters.find((p) => p.name === own)!
      replica.values.set(values, parameter.offset)
    }
    using sweep = await Sweep.create(model, weights, layout, adapter, CLASSES, arena)
    const { logits } = await sweep.run(batch, replica.values, [HERE], replica.combiner)
    expect(distance(logits, oracle.lora.logits.flat())).toBeLessThan(1e-4)

    const along = randomVector(layout.size, 3, name)
    await expectDerivatives({ model, adapter, layout, arena, replica, weights, batch }, recordedTensors(name, 'lora'), along)
    expect(coded(layout, along).segments).toHaveLength(layout.parameters.length)
  })
})
