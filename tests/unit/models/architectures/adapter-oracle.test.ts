import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights, StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { distance, kernelBytes, randomVector, replicaSpec } from '../../training/tiny.ts'
import { CLASSES, expectDerivatives } from './derivatives.ts'
import { recorded, recordedAdapters, recordedDirectory, recordedExamples, recordedModels, recordedTensors } from './recorded.ts'

const HERE = { direction: null, scale: 0 }
const ALL = ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output']

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
    const arena = new Arena(Replica.bytes(layout, { poolSize: 4 }) + displacedBytes(layout, 1) + streamedBytes(model) + (1 << 16))
    const kernels = loadKernels(arena.memory, kernelBytes)
    const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
    for (const [own, values] of recordedTensors(name, `${kind}/start`, 'adapters')) {
      replica.values.set(values, layout.parameters.find((parameter) => parameter.name === own)!.offset)
    }
    const batch = makeBatch(recordedExamples(recorded(name)), config.padTokenId ?? 0)
    using sweep = await Sweep.create(model, new StreamedWeights(model, arena, { kernels }), layout, adapter, CLASSES, arena)
    const { logits, losses } = await sweep.run(batch, replica.values, [HERE, HERE], replica.combiner)
    expect(distance(logits, [...oracle.logits, ...oracle.logits].flat())).toBeLessThan(1e-4)
    expect(distance(losses, [...oracle.losses, ...oracle.losses])).toBeLessThan(1e-4)

    const weights = new ResidentWeights(model)
    const expected = recordedTensors(name, `${kind}/gradient`, 'adapters')
    await expectDerivatives({ model, adapter, layout, arena, replica, weights, batch }, expected, randomVector(layout.size, 3, name))
  })
})
