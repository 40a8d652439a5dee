import { describe, expect, test } from 'vitest'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { initialise, parameterLayout } from '#main/training/parameters.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { ADAPTERS, oracle, tinyDirectory } from './tiny.ts'

const config = readConfig(tinyDirectory)
const bert = architectures['bert']!
const ALL = ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output']
const layoutOf = (targets: string[] | null, rank = 8, of = config, classes = 3) =>
  parameterLayout(bert, of, targets && blockAdapter(bert, of, { kind: 'lora', rank, alpha: 16, targets }), classes)

describe('the layout of the trainable parameters', () => {
  test('is contiguous, layer by layer, the classifier last', () => {
    for (const [, spec] of ADAPTERS) {
      const { parameters, size, byLayer } = parameterLayout(bert, config, spec && blockAdapter(bert, config, spec), 3)
      let next = 0
      for (const { offset, size: length, rows, columns, shape } of parameters) {
        expect(offset).toBe(next)
        expect(length).toBe(rows * columns)
        expect(shape).toEqual(shape.length === 1 ? [columns] : [rows, columns])
        next += length
      }
      expect(size).toBe(next)
      expect(byLayer.flat()).toEqual(parameters)
      expect(byLayer.length).toBe(config.layers + 1)
      byLayer.forEach((list, layer) => expect(list.every((p) => p.layer === layer)).toBe(true))
      expect(parameters.slice(-2).map(({ name, rows, columns }) => [name, rows, columns])).toEqual([
        ['classifier.weight', 3, 16],
        ['classifier.bias', 1, 3],
      ])
    }
  })

  test('names adapter tensors as PEFT writes them, but for its own prefix', () => {
    const names = layoutOf(['query', 'value'], 2).parameters.map(({ name, shape }) => [name, shape])
    const recorded = Object.entries(oracle.lora.gradients).map(([name, { shape }]) => [name, shape])
    expect(names.toSorted()).toEqual(recorded.toSorted())
    expect(layoutOf(ALL, 2).byLayer[1]!.map(({ name, rows, columns }) => [name, rows, columns])).toEqual([
      ['bert.encoder.layer.1.attention.self.query.lora_A.weight', 2, 16],
      ['bert.encoder.layer.1.attention.self.query.lora_B.weight', 16, 2],
      ['bert.encoder.layer.1.attention.self.key.lora_A.weight', 2, 16],
      ['bert.encoder.layer.1.attention.self.key.lora_B.weight', 16, 2],
      ['bert.encoder.layer.1.attention.self.value.lora_A.weight', 2, 16],
      ['bert.encoder.layer.1.attention.self.value.lora_B.weight', 16, 2],
      ['bert.encoder.layer.1.attention.output.dense.lora_A.weight', 2, 16],
      ['bert.encoder.layer.1.attention.output.dense.lora_B.weight', 16, 2],
      ['bert.encoder.layer.1.intermediate.dense.lora_A.weight', 2, 16],
      ['bert.encoder.layer.1.intermediate.dense.lora_B.weight', 32, 2],
      ['bert.encoder.layer.1.output.dense.lora_A.weight', 2, 32],
      ['bert.encoder.layer.1.output.dense.lora_B.weight', 16, 2],
    ])
  })

  test('has d = 4 r H per layer for LoRA on query and value, and the classifier', () => {
    expect(layoutOf(['query', 'value'], 8).size).toBe(config.layers * 4 * 8 * 16 + 3 * 16 + 3)
  })

  test.each(['bitfit', 'bottleneck'] as const)('has the recorded tensors of %s, in every block alike', (kind) => {
    const { byLayer } = parameterLayout(bert, config, blockAdapter(bert, config, kind === 'bitfit' ? { kind } : { kind, size: 3 }), 3)
    const shapes = byLayer.flat().map(({ name, shape }) => [name, shape])
    const recorded = Object.entries(oracle[kind].gradients).map(([name, { shape }]) => [name, shape])
    expect(shapes.toSorted()).toEqual(recorded.toSorted())
    expect(byLayer[0]!.map(({ input }) => input)).toEqual(byLayer[1]!.map(({ input }) => input))
    const [h, wide, size] = [config.hiddenSize, config.intermediateSize, 3]
    const d = byLayer[0]!.reduce((sum, p) => sum + p.size, 0)
    expect(d).toBe(kind === 'bitfit' ? 7 * h + wide : 2 * (2 * h * size + size + h))
  })

  test('refuses an unknown target naming those there are', () => {
    const refused = () => blockAdapter(bert, config, { kind: 'lora', rank: 8, alpha: 16, targets: ['query', 'queri'] })
    expect(refused).toThrow(InputError)
    expect(refused).toThrow(/queri.*one of query, key, value, output, intermediate, ffn-output/)
  })
})

/** A checkpoint of nothing. */
const bare: Parameters<typeof initialise>[3] = {
  holds: () => false,
  read: () => {
    throw new Error('nothing to read')
  },
}

describe('starting values', () => {
  const wide = { ...config, hiddenSize: 256, intermediateSize: 512 }
  const layout = layoutOf(ALL, 8, wide)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 5, bare)
  const moments = (input: string): { mean: number; variance: number }[] =>
    layout.parameters
      .filter((p) => p.input === input)
      .map(({ offset, size }) => {
        const part = values.subarray(offset, offset + size)
        const mean = part.reduce((sum, x) => sum + x, 0) / size
        return { mean, variance: part.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size }
      })

  test('B is zero, so that training starts at the checkpoint', () => {
    for (const { offset, size } of layout.parameters.filter(({ name }) => name.endsWith('lora_B.weight'))) {
      expect(values.subarray(offset, offset + size).every((x) => x === 0)).toBe(true)
    }
  })

  test('A has mean 0 and variance 1 / in', () => {
    for (const [input, size] of [
      ['attention.self.query.lora_A.weight', 256],
      ['output.dense.lora_A.weight', 512],
    ] as const) {
      for (const { mean, variance } of moments(input)) {
        const n = 8 * size
        // Five standard errors of a mean and of a variance of normal numbers.
        expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(1 / size)) / Math.sqrt(n))
        expect(Math.abs(variance * size - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
      }
    }
  })

  test('the classifier has the deviation of config.json and no bias', () => {
    const variance = moments('classifier.weight')[0]!.variance
    expect(Math.sqrt(variance) / wide.initializerRange).toBeGreaterThan(0.85)
    expect(Math.sqrt(variance) / wide.initializerRange).toBeLessThan(1.15)
    expect(moments('classifier.bias')).toEqual([{ mean: 0, variance: 0 }])
  })

  test('are the same for the same seed and other ones for another', () => {
    const again = new Float32Array(layout.size)
    initialise(layout, again, 5, bare)
    expect(again).toEqual(values)
    initialise(layout, again, 6, bare)
    expect(again).not.toEqual(values)
  })

  test("of a tensor don't depend on which other tensors are trained", () => {
    const small = layoutOf(['ffn-output'], 8, wide)
    const own = new Float32Array(small.size)
    initialise(small, own, 5, bare)
    for (const { name, offset, size } of small.parameters) {
      const same = layout.parameters.find((p) => p.name === name)!
      expect(own.slice(offset, offset + size)).toEqual(values.slice(same.offset, same.offset + size))
    }
  })
})
