import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { blockAdapter } from '#main/training/adapters/lora.ts'
import { initialise, parameterLayout } from '#main/training/parameters.ts'
import { decodePlan, encodePlan } from '#main/training/update-plan.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { oraclesDirectory, tinyDirectory } from './tiny.ts'

const config = readConfig(tinyDirectory)
const bert = architectures['bert']!
const ALL = ['query', 'key', 'value', 'output', 'intermediate', 'ffn-output']
const layoutOf = (targets: string[] | null, rank = 8, of = config, classes = 3) =>
  parameterLayout(bert, of, targets && blockAdapter(bert, of, { rank, alpha: 16, targets }), classes)

describe('the layout of the trainable parameters', () => {
  test('is contiguous, layer by layer, the classifier last', () => {
    for (const targets of [null, ['query'], ALL]) {
      const { parameters, size, byLayer } = layoutOf(targets)
      let next = 0
      for (const { offset, size: length, rows, columns } of parameters) {
        expect(offset).toBe(next)
        expect(length).toBe(rows * columns)
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
    const record = JSON.parse(readFileSync(join(oraclesDirectory, 'bert-tiny.json'), 'utf8')) as {
      lora: { gradients: Record<string, { shape: number[] }> }
    }
    const names = layoutOf(['query', 'value'], 2).parameters.map(({ name, rows, columns }) => [name, [rows, columns]])
    const recorded = Object.entries(record.lora.gradients).map(([name, { shape }]) => [name, shape.length === 1 ? [1, ...shape] : shape])
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

  test('refuses an unknown target naming those there are', () => {
    const refused = () => blockAdapter(bert, config, { rank: 8, alpha: 16, targets: ['query', 'queri'] })
    expect(refused).toThrow(InputError)
    expect(refused).toThrow(/queri.*one of query, key, value, output, intermediate, ffn-output/)
  })

  test('scales by alpha / rank', () => {
    expect(blockAdapter(bert, config, { rank: 8, alpha: 12, targets: ['key'] }).scaling).toBe(1.5)
  })
})

describe('starting values', () => {
  const wide = { ...config, hiddenSize: 256, intermediateSize: 512 }
  const layout = layoutOf(ALL, 8, wide)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 5)
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
      ['attention.self.query.lora_A', 256],
      ['output.dense.lora_A', 512],
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
    initialise(layout, again, 5)
    expect(again).toEqual(values)
    initialise(layout, again, 6)
    expect(again).not.toEqual(values)
  })

  test("of a tensor don't depend on which other tensors are trained", () => {
    const small = layoutOf(['ffn-output'], 8, wide)
    const own = new Float32Array(small.size)
    initialise(small, own, 5)
    for (const { name, offset, size } of small.parameters) {
      const same = layout.parameters.find((p) => p.name === name)!
      expect(own.slice(offset, offset + size)).toEqual(values.slice(same.offset, same.offset + size))
    }
  })
})

test('the whole numbers of an update read back as written', () => {
  for (const plan of [
    { perPhone: 0, shared: 2, project: false, phones: [] },
    { perPhone: 10, shared: 0, project: true, phones: [0, 3, 999] },
  ]) {
    expect(decodePlan(encodePlan(plan))).toEqual(plan)
  }
})
