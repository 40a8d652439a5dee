import { describe, expect, test } from 'vitest'
import { GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { blockBackward, blockForward, classifierBackward, maskedLanguageBackward } from '#main/models/graphs.ts'
import { maskedLanguageWeights } from '#main/models/heads.ts'
import { modelFlops } from '#main/models/model-flops.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { Backprop } from '#main/training/backprop.ts'
import { type Batch, makeBatch } from '#main/training/batch.ts'
import { embed } from '#main/training/embedding.ts'
import { Sweep } from '#main/training/sweep.ts'
import { embedForward } from '#main/models/graphs.ts'
import { distance, openTiny, oracle, recordedRows, relativeDistance, trainableAt } from '../training/tiny.ts'

const tiny = openTiny(null)
const { model, weights, layout, replica, arena } = tiny
const { architecture, config } = model

describe('graphs of the recorded model', () => {
  test('give the hidden states after the embeddings and after each block where tokens are', async () => {
    const batch = makeBatch(recordedRows, 0)
    using embedding = await GraphSession.create(embedForward(architecture, config), 'embed')
    using block = await GraphSession.create(blockForward(architecture, config, null), 'block')
    const shape = [1, batch.sequences, batch.tokens, config.hiddenSize]
    const mask = { data: batch.mask, dims: [batch.sequences, 1, 1, batch.tokens] }
    const states = [await embed(model, weights, embedding, batch)]
    for (let layer = 0; layer < 2; layer++) {
      const x = { data: states[layer]!, dims: shape }
      states.push((await block.run({ x, mask, ...weights.block(layer) }))['output']!.data)
    }
    states.forEach((state, i) => expect(distance(state, oracle.classification.hidden[i]!.data)).toBeLessThan(1e-4))
  })

  test('ask only for the gradients that are trained', () => {
    const adapter = blockAdapter(architecture, config, { kind: 'lora', rank: 2, alpha: 4, targets: ['query'] })
    const outputs = (graph: { outputs: readonly { name: string }[] }): string[] => graph.outputs.map(({ name }) => name)
    expect(outputs(blockBackward(architecture, config, adapter, 'adapter'))).toEqual([
      'd x',
      'd attention.self.query.lora_A.weight',
      'd attention.self.query.lora_B.weight',
    ])
    expect(outputs(blockBackward(architecture, config, adapter, 'adapter', false))).not.toContain('d x')
    const whole = outputs(blockBackward(architecture, config, adapter, 'all'))
    for (const { name } of architecture.blockWeights(config)) expect(whole).toContain(`d ${name}`)
    expect(whole).not.toContain('d mask')
    const head = outputs(classifierBackward(architecture, config, 3, 'adapter'))
    expect(head).toEqual(['logits', 'losses', 'd x', 'd classifier.weight', 'd classifier.bias'])
  })
})

test('masked language modelling gives the recorded losses and the gradient of every weight, the tied word embedding included', async () => {
  const { inputIds, mask, labels, losses, gradients } = oracle.maskedLanguage
  const [sequences, tokens, hidden] = [inputIds.length, inputIds[0]!.length, config.hiddenSize]
  const batch: Batch = {
    sequences,
    tokens,
    ids: Int32Array.from(inputIds.flat()),
    mask: Float32Array.from(mask.flat(), (on) => (on ? 0 : -1e9)),
    pick: new Float32Array(sequences * tokens),
    types: new Int32Array(sequences * tokens),
    targets: sequences,
    labels: new BigInt64Array(sequences),
  }
  const counted = labels.flat().flatMap((label, at) => (label === -100 ? [] : [{ at, label }]))
  const words = weights.tensor('embeddings.word_embeddings.weight')
  const headWeights = Object.fromEntries(
    maskedLanguageWeights(config).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
      model.read(name, data)
      return [name, { data, dims: shape }]
    }),
  )
  using session = await GraphSession.create(maskedLanguageBackward(config), 'masked-language')
  using backprop = await Backprop.create(model, weights, null, 3, 'all')
  const found = new Map<string, Float64Array>()
  const addTo = (name: string, size: number, values: Float32Array, start = 0): void => {
    const sum = found.get(name) ?? new Float64Array(size)
    values.forEach((x, i) => (sum[start + i] = sum[start + i]! + x))
    found.set(name, sum)
  }
  const result = await backprop.run(
    batch,
    trainableAt(layout, replica.values),
    async (x) => {
      const rows = new Float32Array(counted.length * hidden)
      counted.forEach(({ at }, m) => rows.set((x.data as Float32Array).subarray(at * hidden, (at + 1) * hidden), m * hidden))
      const own = await session.run({
        rows: { data: rows, dims: [counted.length, hidden] },
        labels: { data: BigInt64Array.from(counted, ({ label }) => BigInt(label)), dims: [counted.length] },
        dLosses: { data: new Float32Array(counted.length).fill(1 / counted.length), dims: [counted.length, 1] },
        'embeddings.word_embeddings.weight': words,
        ...headWeights,
      })
      const dx = new Float32Array(x.data.length)
      counted.forEach(({ at }, m) => dx.set(own['d rows']!.data.subarray(m * hidden, (m + 1) * hidden), at * hidden))
      const { 'd rows': _, ...rest } = own
      return { losses: own['losses']!.data, logits: new Float32Array(0), dx, gradients: rest }
    },
    (layer, input, gradient) => {
      const position = (t: number): number => (input === 'words' ? batch.ids[t]! : input === 'positions' ? t % tokens : 0)
      const tables = { words: 'word', positions: 'position', types: 'token_type' } as Record<string, string>
      if (layer === -1 && tables[input]) {
        const name = `embeddings.${tables[input]}_embeddings.weight`
        const size = weights.tensor(name).data.length
        for (let t = 0; t < batch.ids.length; t++) {
          addTo(name, size, gradient.subarray(t * hidden, (t + 1) * hidden), position(t) * hidden)
        }
      } else addTo(layer >= 0 && layer < 2 ? architecture.blockPrefix(layer) + input : input, gradient.length, gradient)
    },
  )
  expect(distance(result.losses, losses)).toBeLessThan(1e-4)
  for (const [name, { data }] of Object.entries(gradients)) {
    const own = found.get(name.replace(/^bert\./, ''))
    expect(own, name).toBeDefined()
    if (name.endsWith('key.bias')) expect(distance(own!, data), name).toBeLessThan(1e-6)
    else expect(relativeDistance(own!, data), name).toBeLessThan(1e-4)
  }
})

describe('counted FLOP', () => {
  const adapter = blockAdapter(architecture, config, { kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] })
  const count = modelFlops(architecture, config, adapter, 3)
  const total = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0)

  test('of a forward pass are those of its matrix products, but for a few per cent', () => {
    const [n, s, h, wide] = [8, 64, config.hiddenSize, config.intermediateSize]
    const dense = 2 * n * s * (4 * h * h + 2 * h * wide)
    const attention = 2 * 2 * n * s * s * h
    const low = 2 * 2 * n * s * 2 * 2 * h
    const [block] = count.forward({ sequences: n, tokens: s }, 1)
    expect(block! / (dense + attention + low)).toBeGreaterThan(0.95)
    // Softmax, normalisations and activations weigh much at this tiny width.
    expect(block! / (dense + attention + low)).toBeLessThan(1.6)
  })

  test('of an adapter are those of its own products, and of BitFit none', () => {
    const [n, s, h, wide] = [3, 7, config.hiddenSize, config.intermediateSize]
    const more = (spec: AdapterSpec): number[] => {
      const plain = modelFlops(architecture, config, null, 3).forward({ sequences: n, tokens: s }, 2)
      const own = modelFlops(architecture, config, blockAdapter(architecture, config, spec), 3).forward({ sequences: n, tokens: s }, 2)
      return own.map((flop, layer) => flop - plain[layer]!)
    }
    const rows = 2 * n * s
    expect(more({ kind: 'bitfit' })).toEqual([0, 0, 0])
    const small = 2 * 2 * (2 * rows * h * 5)
    expect(more({ kind: 'bottleneck', size: 5 })).toEqual([small, small, 0])
    const low = 2 * rows * 4 * (h + wide)
    expect(more({ kind: 'lora', rank: 4, alpha: 8, targets: ['intermediate'] })).toEqual([low, low, 0])
  })

  test('grow with the copies of a batch, and the backward pass of an adapter costs about a forward pass, less in the first block', () => {
    const shape = { sequences: 4, tokens: 16 }
    const one = total(count.forward(shape, 1))
    expect(total(count.forward(shape, 8)) / one).toBeCloseTo(8, 1)
    const [first, second] = count.backward(shape)
    const [forward] = count.forward(shape, 1)
    expect(first! / forward!).toBeLessThan(second! / forward!)
    expect(second! / forward!).toBeGreaterThan(0.95)
    expect(second! / forward!).toBeLessThan(1.3)
    expect(count.forward(shape, 1).length).toBe(config.layers + 1)
  })
})

test('a sweep of the plain model has no trainable block tensors', async () => {
  using sweep = await Sweep.create(model, weights, layout, null, 3, arena)
  expect(layout.byLayer.slice(0, -1).every((list) => list.length === 0)).toBe(true)
  const { logits } = await sweep.run(makeBatch(recordedRows, 0), replica.values, [{ direction: null, scale: 0 }], replica.combiner)
  expect(distance(logits, oracle.classification.logits.flat())).toBeLessThan(1e-4)
})
