import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { writeRandomWeights } from '#main/bench/random-checkpoint.ts'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { packInt4, unpackInt4 } from '#main/models/precision.ts'
import { ResidentWeights, StreamedWeights, blockBytes, streamedBytes } from '#main/models/weights.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { TangentSweep } from '#main/training/tangent-sweep.ts'
import { directionBytes, distance, kernelBytes, randomVector, relativeDistance, replicaSpec } from '../training/tiny.ts'

const root = mkdtempSync(join(tmpdir(), 'int4-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const FILES = {
  llama: {
    model_type: 'llama',
    hidden_size: 32,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 50,
  },
  gpt2: { model_type: 'gpt2', n_embd: 32, n_layer: 2, n_head: 4, n_positions: 32, vocab_size: 50 },
  albert: {
    model_type: 'albert',
    embedding_size: 32,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 50,
    max_position_embeddings: 32,
    type_vocab_size: 2,
  },
  'opt-350m': {
    model_type: 'opt',
    hidden_size: 64,
    ffn_dim: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    word_embed_proj_dim: 32,
    do_layer_norm_before: false,
    vocab_size: 50,
    max_position_embeddings: 32,
  },
  bert: {
    model_type: 'bert',
    hidden_size: 32,
    // No whole number of blocks: that layer stays in int8.
    intermediate_size: 40,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 50,
    max_position_embeddings: 32,
  },
}

test.each([false, true])(
  'a packed matrix is off by half a level of its block, or a whole one at the end (stored [in, out]: %s)',
  (inOut) => {
    const [outFeatures, inFeatures] = [6, 64]
    const floats = randomVector(outFeatures * inFeatures, 1, 'pack')
    const packed = { values: new Uint8Array(floats.length / 2), scales: new Float32Array(floats.length / 32) }
    packInt4(floats, { inFeatures, inOut }, packed, 'here')
    const back = new Float32Array(floats.length)
    unpackInt4(packed, { inFeatures, inOut }, back)
    for (let out = 0; out < outFeatures; out++) {
      for (let i = 0; i < inFeatures; i++) {
        const at = inOut ? i * outFeatures + out : out * inFeatures + i
        const scale = Math.abs(packed.scales[out * 2 + Math.floor(i / 32)]!)
        expect(Math.abs(back[at]! - floats[at]!)).toBeLessThanOrEqual(scale * 1.0001)
      }
    }
    const again = { values: new Uint8Array(packed.values.length), scales: new Float32Array(packed.scales.length) }
    packInt4(back, { inFeatures, inOut }, again, 'here')
    expect(again.values).toEqual(packed.values)
    expect(() => packInt4(floats.fill(NaN), { inFeatures, inOut }, packed, 'here')).toThrow(/here: the value NaN/)
  },
)

describe.each(Object.entries(FILES))('%s in int4', (name, file) => {
  const directory = join(root, name)
  writeRandomWeights(directory, file, 1, 'fp32')
  const weights = frozenWeights(directory, 'int4', join(root, 'cache'))

  function open(streamed: boolean) {
    const model = new Model(directory, 1, weights.file)
    const adapter = blockAdapter(model.architecture, model.config, { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] })
    const layout = parameterLayout(model.architecture, model.config, adapter, 3)
    const arena = new Arena(Replica.bytes(layout, { poolSize: 2 }) + displacedBytes(layout, 1) + streamedBytes(model, 'int4') + (1 << 16))
    const kernels = loadKernels(arena.memory, kernelBytes)
    const replica = new Replica(layout, replicaSpec({ poolSize: 2 }), model, arena, kernels)
    const own = streamed ? new StreamedWeights(model, arena, { form: 'int4', kernels }) : new ResidentWeights(model, { rounding: 'int4' })
    return { model, replica, layout, parts: [model, own, layout, adapter, 3, arena] as const }
  }

  const batch = makeBatch(
    [5, 9, 3].map((length, label) => ({ ids: Int32Array.from({ length }, (_, i) => (7 * i + label) % 50), label })),
    0,
  )

  test('gives a phone what the cloud gets from the same weights in float32, losses and tangents alike', async () => {
    const results = []
    for (const streamed of [true, false]) {
      const { replica, layout, parts } = open(streamed)
      replica.receive(directionBytes(layout, randomVector(layout.size, 2, name)))
      const direction = { pool: Float64Array.of(1), noise: [] }
      using sweep = await Sweep.create(...parts)
      using tangents = await TangentSweep.create(...parts)
      const { losses, logits } = await sweep.run(batch, replica.values, [{ direction, scale: 0.1 }], replica.combiner)
      const { derivatives } = await tangents.run(batch, replica.values, [direction], replica.combiner)
      results.push({ losses, logits, derivatives })
    }
    const [phone, cloud] = results
    expect(distance(phone!.logits, cloud!.logits)).toBeLessThan(1e-4)
    expect(distance(phone!.losses, cloud!.losses)).toBeLessThan(1e-4)
    expect(relativeDistance(phone!.derivatives[0]!, cloud!.derivatives[0]!)).toBeLessThan(1e-3)
  })

  test('takes little more than half of int8, and reads what it rounds to without a conversion too', () => {
    using model = new Model(directory, 1, weights.file)
    if (name !== 'bert') expect(blockBytes(model, 'int4') / blockBytes(model, 'int8')).toBeLessThan(0.75)
    using plain = new Model(directory, 1)
    const [stored, rounded] = [model, plain].map((own) => new ResidentWeights(own, { rounding: 'int4' }))
    for (const spec of encoderWeights(model.architecture, model.config)) {
      expect(distance(stored!.tensor(spec.name).data, rounded!.tensor(spec.name).data), spec.name).toBeLessThan(1e-6)
    }
  })
})
