import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeRandomCheckpoint, writeRandomWeights } from '#main/bench/random-checkpoint.ts'
import { Model, encoderWeights } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'

let directory: string
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'cooperlab-random-checkpoint-'))))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('a random checkpoint opens as a whole BERT of the given shape, with the deviation of a fresh one', () => {
  writeRandomCheckpoint(directory, { hidden: 32, layers: 3, heads: 4, vocabulary: 500 }, 1)
  using model = new Model(directory, 1)
  expect(model.config).toMatchObject({ hiddenSize: 32, intermediateSize: 128, layers: 3, heads: 4, vocabularySize: 500 })
  expect(model.fresh).toEqual([])
  for (const { name, shape } of encoderWeights(model.architecture, model.config)) {
    const values = new Float32Array(shape.reduce((size, d) => size * d, 1))
    model.read(name, values)
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)
    if (shape.length > 1 && values.length > 1000) expect(Math.abs(deviation - 0.02)).toBeLessThan(0.002)
    else if (shape.length === 1) expect([...new Set(values)]).toEqual([name.endsWith('.weight') ? 1 : 0])
  }
})

test.each(['int8', 'int4'] as const)('random weights in %s are of the same deviation', (form) => {
  const file = { model_type: 'gpt2', n_embd: 32, n_layer: 2, n_head: 4, n_positions: 32, vocab_size: 50 }
  writeRandomWeights(join(directory, form), file, 1, form)
  using model = new Model(join(directory, form), 1)
  const { name, shape } = encoderWeights(model.architecture, model.config).find((spec) => spec.linear)!
  expect(model.storedAs(name)).toBe(form === 'int4' ? 'U8' : 'I8')
  const weights = new ResidentWeights(model, { head: { kind: 'next-word' } })
  const values = weights.tensors.get(name)!.data
  expect(values.length).toBe(shape[0]! * shape[1]!)
  expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)).toBeCloseTo(0.02, 2)
})
