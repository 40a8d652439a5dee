import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Backprop, type Kept, type PassResult } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { Sweep } from '#main/training/sweep.ts'
import {
  type RecordedTensors,
  type Tiny,
  distance,
  fill,
  mean,
  openTiny,
  oracle,
  recordedRows,
  relativeDistance,
  replicaSpec,
  tinyDirectory,
  tinyHalfDirectory,
  trainableAt,
} from './tiny.ts'

const batch = makeBatch(recordedRows, 0)
const LORA = { kind: 'lora' as const, rank: oracle.lora.rank, alpha: oracle.lora.alpha, targets: oracle.lora.targets }

/** Gradients by Hugging Face name; rows of embedding tables are summed by token, as a table's gradient is. */
async function gradientsOf(
  tiny: Tiny,
  trained: 'adapter' | 'all',
  kept: Kept = 'everything',
): Promise<PassResult & { gradients: Map<string, Float64Array>; order: number[] }> {
  const { model, weights, adapter, layout, replica } = tiny
  const { architecture, config } = model
  using backprop = await Backprop.create(model, weights, adapter, 3, trained, kept)
  const gradients = new Map<string, Float64Array>()
  const order: number[] = []
  const tables = Object.fromEntries(
    architecture
      .embeddingWeights(config)
      .slice(0, 3)
      .map((spec, i) => [['words', 'positions', 'types'][i]!, spec]),
  )
  const result = await backprop.gradients(batch, trainableAt(layout, replica.values), (layer, input, gradient) => {
    if (order.at(-1) !== layer) order.push(layer)
    const parameter = layout.parameters.find((p) => p.layer === layer && p.input === input)
    const table = layer === -1 ? tables[input] : undefined
    if (table) {
      const summed = new Float64Array(table.shape[0]! * config.hiddenSize)
      for (let t = 0; t < batch.ids.length; t++) {
        const row = input === 'words' ? batch.ids[t]! : input === 'positions' ? t % batch.tokens : 0
        for (let h = 0; h < config.hiddenSize; h++) summed[row * config.hiddenSize + h]! += gradient[t * config.hiddenSize + h]!
      }
      gradients.set(architecture.prefix + table.name, summed)
    } else {
      const prefix = layer < 0 || layer === config.layers ? '' : architecture.blockPrefix(layer)
      gradients.set(parameter?.name ?? architecture.prefix + prefix + input, Float64Array.from(gradient))
    }
  })
  return { ...result, gradients, order }
}

function expectGradients(found: ReadonlyMap<string, Float64Array>, expected: RecordedTensors): void {
  const whole = Math.sqrt(Object.values(expected).reduce((sum, { data }) => sum + data.reduce((s, x) => s + x * x, 0), 0))
  for (const [name, { data }] of Object.entries(expected)) {
    const gradient = found.get(name)
    expect(gradient, name).toBeDefined()
    // The key's bias shifts all scores of a row alike, so its true gradient is 0 and a relative distance means nothing.
    if (name.endsWith('key.bias')) expect(distance(gradient!, data) / whole, name).toBeLessThan(1e-6)
    else expect(relativeDistance(gradient!, data), name).toBeLessThan(1e-4)
  }
}

describe('backpropagation of the recorded classifier', () => {
  let result: Awaited<ReturnType<typeof gradientsOf>>
  beforeAll(async () => {
    result = await gradientsOf(openTiny(null), 'all')
  })

  test('gives PyTorch logits and the loss of every row', () => {
    expect(distance(result.logits, oracle.classification.logits.flat())).toBeLessThan(1e-4)
    expect(distance(result.losses, oracle.classification.losses)).toBeLessThan(1e-4)
  })

  test('gives the gradient of every weight of the model', () => {
    expectGradients(result.gradients, oracle.classification.gradients)
    expect([...result.gradients.keys()].sort()).toEqual(Object.keys(oracle.classification.gradients).sort())
  })

  test("gives the recorded derivative along the recorded direction, from the engine's own gradients", () => {
    const derivative = Object.entries(oracle.classification.direction).reduce(
      (sum, [name, { data }]) => sum + data.reduce((s, x, i) => s + x * result.gradients.get(name)![i]!, 0),
      0,
    )
    expect(derivative).toBeCloseTo(oracle.classification.directionalDerivative, 4)
  })

  test('hands gradients out from the head downwards', () => {
    expect(result.order).toEqual([2, 1, 0, -1])
  })
})

describe.each([
  ['lora', LORA],
  ['bitfit', { kind: 'bitfit' }],
  ['bottleneck', { kind: 'bottleneck', size: oracle.bottleneck.size }],
] as const)('backpropagation into an adapter: %s', (kind, spec) => {
  const recorded = oracle[kind]
  let tiny: Tiny
  let result: Awaited<ReturnType<typeof gradientsOf>>
  beforeAll(async () => {
    tiny = openTiny(spec)
    fill(tiny.layout, tiny.replica.values, recorded.weights)
    result = await gradientsOf(tiny, 'adapter')
  })

  test('gives PyTorch logits and the loss of every row', () => {
    expect(distance(result.logits, recorded.logits.flat())).toBeLessThan(1e-4)
    expect(distance(result.losses, recorded.losses)).toBeLessThan(1e-4)
  })

  test('gives the gradient of every tensor of the adapter and of the classifier, and nothing else', () => {
    expectGradients(result.gradients, recorded.gradients)
    expect([...result.gradients.keys()].sort()).toEqual(Object.keys(recorded.gradients).sort())
  })

  test('training the whole model at once gives the same gradients of the adapter', async () => {
    const all = await gradientsOf(tiny, 'all')
    expectGradients(all.gradients, recorded.gradients)
  })

  test.each(['adapter', 'all'] as const)('checkpointing gives the same gradients (%s)', async (trained) => {
    const checkpointed = await gradientsOf(tiny, trained, 'checkpoints')
    expectGradients(checkpointed.gradients, recorded.gradients)
    expect(checkpointed.order).toEqual((await gradientsOf(tiny, trained)).order)
  })

  test('a forward sweep gives PyTorch logits too', async () => {
    const { model, weights, layout, adapter, arena, replica } = tiny
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const { logits } = await sweep.run(batch, replica.values, [{ direction: null, scale: 0 }], replica.combiner)
    expect(distance(logits, recorded.logits.flat())).toBeLessThan(1e-4)
  })
})

describe('a forward sweep', () => {
  test('gives the recorded two losses and their quotient at the recorded points of LoRA', async () => {
    const { lora } = oracle
    const { model, weights, layout, adapter, arena, replica } = openTiny(LORA)
    fill(layout, replica.values, lora.weights)
    using sweep = await Sweep.create(model, weights, layout, adapter, 3, arena)
    const direction = new Float32Array(layout.size)
    fill(layout, direction, lora.direction)
    const lossAt = async (step: number): Promise<number> => {
      const values = replica.values.map((value, i) => value + step * direction[i]!)
      return mean((await sweep.run(batch, values, [{ direction: null, scale: 0 }], replica.combiner)).losses)
    }
    const [plus, minus] = [await lossAt(lora.epsilon), await lossAt(-lora.epsilon)]
    expect(Math.abs(plus - lora.lossPlus)).toBeLessThan(1e-5)
    expect(Math.abs(minus - lora.lossMinus)).toBeLessThan(1e-5)
    const recorded = (lora.lossPlus - lora.lossMinus) / (2 * lora.epsilon)
    expect(Math.abs((plus - minus) / (2 * lora.epsilon) - recorded)).toBeLessThan(5e-4)
    expect(Math.abs((plus - minus) / (2 * lora.epsilon) - lora.directionalDerivative)).toBeLessThan(2e-3)
  })
})

test('a float16 checkpoint gives the logits and losses of its rounded weights', async () => {
  const result = await gradientsOf(openTiny(null, replicaSpec(), tinyHalfDirectory), 'all')
  expect(distance(result.logits, oracle.halfPrecision.logits.flat())).toBeLessThan(1e-4)
  expect(distance(result.losses, oracle.halfPrecision.losses)).toBeLessThan(1e-4)
  // Far enough from the float32 checkpoint that the test would notice the wrong file.
  expect(distance(oracle.halfPrecision.logits.flat(), oracle.classification.logits.flat())).toBeGreaterThan(1e-4)
})

describe('other activations', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cooperlab-activation-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  test.each(['gelu_new', 'relu'] as const)('%s gives the recorded logits and the gradients on both sides of it', async (name) => {
    const own = join(directory, name)
    cpSync(tinyDirectory, own, { recursive: true })
    const config = JSON.parse(readFileSync(join(own, 'config.json'), 'utf8')) as object
    writeFileSync(join(own, 'config.json'), JSON.stringify({ ...config, hidden_act: name }))
    const result = await gradientsOf(openTiny(null, replicaSpec(), own), 'all')
    expect(distance(result.logits, oracle.activations[name].logits.flat())).toBeLessThan(1e-4)
    expectGradients(result.gradients, oracle.activations[name].gradients)
  })
})
