import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startingAdapter } from '#main/lab/starting-adapter.ts'
import { Model } from '#main/models/model.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { initialise, parameterLayout } from '#main/training/parameters.ts'
import { recordedDirectory, recordedTensors } from '../models/architectures/recorded.ts'

const root = mkdtempSync(join(tmpdir(), 'starting-adapter-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

type Tensors = Map<string, { shape: readonly number[]; data: Float32Array }>

/** The adapter of the recorded model as PEFT would save it. */
function saved(name: string, change: (tensors: Tensors) => void = () => {}, config: object = {}): string {
  const directory = join(root, String(folders++))
  mkdirSync(directory)
  const own = {
    peft_type: 'LORA',
    r: 2,
    lora_alpha: 4,
    bias: 'none',
    target_modules: ['q_proj', 'v_proj'],
    task_type: 'SEQ_CLS',
    ...config,
  }
  writeFileSync(join(directory, 'adapter_config.json'), JSON.stringify(own))
  const tensors: Tensors = new Map()
  for (const [key, data] of recordedTensors(name, 'start')) {
    const shape = key.includes('lora_A') ? [2, data.length / 2] : [data.length / 2, 2]
    tensors.set(`base_model.model.${key}`, { shape, data })
  }
  change(tensors)
  writeSafetensors(
    join(directory, 'adapter_model.safetensors'),
    [...tensors].map(([key, { shape, data }]) => [key, { dtype: 'F32', shape, data }] as const),
  )
  return directory
}

const asked = (from: string) => ({ kind: 'lora' as const, rank: 8, alpha: 16, targets: ['key' as const], from })

test.each(['qwen2', 'gpt2', 'roberta'])('an adapter that PEFT saved for %s gives its rank, its layers and its values', (name) => {
  using model = new Model(recordedDirectory(name), 1)
  const directory = saved(name)
  const { adapter, start } = startingAdapter(asked(directory), model)
  expect(adapter).toMatchObject({ rank: 2, alpha: 4 })
  if (adapter.kind !== 'lora') throw new Error('an adapter of another kind')
  expect(adapter.targets).toEqual(name === 'gpt2' ? ['query', 'key', 'value'] : ['query', 'value'])

  const layout = parameterLayout(model.architecture, model.config, blockAdapter(model.architecture, model.config, adapter), 3)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 1, model, start)
  const expected = recordedTensors(name, 'start')
  expect(layout.parameters.filter((p) => expected.has(p.name))).toHaveLength(expected.size)
  for (const { name: own, offset, size } of layout.parameters) {
    if (expected.has(own)) expect(values.subarray(offset, offset + size), own).toEqual(expected.get(own))
  }
})

test('its classifier comes along', () => {
  using model = new Model(recordedDirectory('qwen2'), 1)
  const score = Float32Array.from({ length: 24 }, (_, i) => i / 8)
  const directory = saved('qwen2', (tensors) => tensors.set('base_model.model.score.weight', { shape: [3, 8], data: score }))
  const { adapter, start } = startingAdapter(asked(directory), model)
  const layout = parameterLayout(model.architecture, model.config, blockAdapter(model.architecture, model.config, adapter as never), 3)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 1, model, start)
  expect(values.subarray(layout.size - 24)).toEqual(score)
})

test.each<[string, (tensors: Tensors) => void, object, RegExp]>([
  ['of another kind', () => {}, { peft_type: 'IA3' }, /peft_type: "IA3"; expected "LORA"/],
  ['with trained biases', () => {}, { bias: 'all' }, /bias: "all"; expected "none"/],
  [
    'for other layers',
    (t) => t.set('base_model.model.x.lora_A.weight', { shape: [1], data: new Float32Array(1) }),
    {},
    /the tensor x.lora_A/,
  ],
  ['that lacks a layer', (t) => t.delete([...t.keys()].at(-1)!), {}, /no tensor model.layers.1/],
])('an adapter %s is refused', (_, change, config, message) => {
  using model = new Model(recordedDirectory('qwen2'), 1)
  const directory = saved('qwen2', change, config)
  expect(() => startingAdapter(asked(directory), model)).toThrow(message)
})
