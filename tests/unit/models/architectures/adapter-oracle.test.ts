import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { Backprop } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes, feedsInPlace } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { directionBytes, distance, kernelBytes, randomVector, relativeDistance, replicaSpec } from '../../training/tiny.ts'
import { recorded, recordedAdapters, recordedDirectory, recordedExamples, recordedModels, recordedTensors } from './recorded.ts'

const CLASSES = 3
const HERE = { direction: null, scale: 0 }
const ALL = ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output']

/** Gradients of this size follow from rounding: keys' biases move no score. */
const NOTHING = 1e-6

function close(found: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  if (distance(expected, new Float32Array(expected.length)) < NOTHING) expect(distance(found, expected), name).toBeLessThan(NOTHING)
  else expect(relativeDistance(found, expected), name).toBeLessThan(1e-4)
}

function specOf(kind: string, { rank, alpha, size }: { rank?: number; alpha?: number; size?: number }, targets: string[]): AdapterSpec {
  if (kind === 'lora-all') return { kind: 'lora', rank: rank!, alpha: alpha!, targets }
  return kind === 'bitfit' ? { kind } : { kind: 'bottleneck', size: size! }
}

const cases = recordedModels.flatMap((name) => Object.keys(recordedAdapters(name)).map((kind) => [name, kind] as const))

test('every architecture is recorded with every adapter that it can have', () => {
  for (const name of recordedModels) {
    const { architecture, config } = new Model(recordedDirectory(name), 7)
    const biased = architecture.blockWeights(config).some(({ bias }) => bias)
    expect(Object.keys(recordedAdapters(name))).toEqual(['lora-all', ...(biased ? ['bitfit'] : []), 'bottleneck'])
    if (!biased) expect(() => blockAdapter(architecture, config, { kind: 'bitfit' })).toThrow('no biases')
  }
})

describe.each(cases)('%s with %s', (name, kind) => {
  const oracle = recordedAdapters(name)[kind]!

  test('gives the logits, the gradients and the derivatives of PyTorch', async () => {
    using model = new Model(recordedDirectory(name), 7)
    const { architecture, config } = model
    const known = Object.keys(architecture.linearTargets(config))
    const adapter = blockAdapter(architecture, config, specOf(kind, oracle, known))
    expect(ALL.every((target) => known.includes(target))).toBe(true)
    const layout = parameterLayout(architecture, config, adapter, CLASSES)
    const arena = new Arena(Replica.bytes(layout, 4) + displacedBytes(layout, 1) + streamedBytes(model) + (1 << 16))
    const kernels = loadKernels(arena.memory, kernelBytes)
    const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
    for (const [own, values] of recordedTensors(name, `${kind}/start`, 'adapters')) {
      replica.values.set(values, layout.parameters.find((parameter) => parameter.name === own)!.offset)
    }
    const batch = makeBatch(recordedExamples(recorded(name)), config.padTokenId)
    using sweep = await Sweep.create(model, new StreamedWeights(model, arena, { kernels }), layout, adapter, CLASSES, arena)
    const { logits, losses } = await sweep.run(batch, replica.values, [HERE, HERE], replica.combiner)
    expect(distance(logits, [...oracle.logits, ...oracle.logits].flat())).toBeLessThan(1e-4)
    expect(distance(losses, [...oracle.losses, ...oracle.losses])).toBeLessThan(1e-4)

    const gradient = new Float32Array(layout.size)
    const weights = new ResidentWeights(model)
    using backprop = await Backprop.create(model, weights, adapter, CLASSES, 'adapter')
    await backprop.gradients(
      batch,
      (layer) => feedsInPlace(layout.byLayer[layer]!, replica.values),
      (layer, input, values) => gradient.set(values, layout.byLayer[layer]!.find((parameter) => parameter.input === input)!.offset),
    )
    const expected = recordedTensors(name, `${kind}/gradient`, 'adapters')
    expect(layout.parameters.map((parameter) => parameter.name).toSorted()).toEqual([...expected.keys()].toSorted())
    for (const { name: own, offset, size } of layout.parameters) close(gradient.subarray(offset, offset + size), expected.get(own)!, own)

    const along = randomVector(layout.size, 3, name)
    replica.receive(directionBytes(layout, along))
    using tangents = await TangentSweep.create(model, weights, layout, adapter, CLASSES, arena)
    const { derivatives } = await tangents.run(batch, replica.values, [{ pool: Float64Array.of(1), noise: [] }], replica.combiner)
    const slope = derivatives[0]!.reduce((sum, x) => sum + x, 0) / batch.sequences
    expect(slope).toBeCloseTo(
      gradient.reduce((sum, g, i) => sum + g * along[i]!, 0),
      4,
    )
  })
})
