import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startingAdapter } from '#main/lab/starting-adapter.ts'
import { Model } from '#main/models/model.ts'
import { openFile } from '#main/models/safetensors/checkpoint.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { initialise, parameterLayout } from '#main/training/parameters.ts'
import { distance, projectRoot } from '../training/tiny.ts'
import { recordedDirectory, recordedTensors } from '../models/architectures/recorded.ts'

const root = mkdtempSync(join(tmpdir(), 'starting-adapter-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

const TARGETS: Readonly<Record<string, string[]>> = { gpt2: ['c_attn'], roberta: ['query', 'value'], albert: ['query', 'value'] }

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
    target_modules: TARGETS[name] ?? ['q_proj', 'v_proj'],
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
  const score = Float32Array.from({ length: 24 }, (_, i) => i / 8)
  const directory = saved('qwen2', (tensors) => tensors.set('base_model.model.score.weight', { shape: [3, 8], data: score }))
  using model = new Model(recordedDirectory('qwen2'), 1, null, { adapter: directory })
  const { adapter, start } = startingAdapter(asked(directory), model)
  const layout = parameterLayout(model.architecture, model.config, blockAdapter(model.architecture, model.config, adapter as never), 3)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 1, model, start)
  expect(values.subarray(layout.size - 24)).toEqual(score)
})

/** What an adapter adds to a weight: scale times B A, summed over all modules, as the lab starts from it. */
function product(name: string, directory: string): Float64Array {
  using model = new Model(recordedDirectory(name), 1, null, { adapter: directory })
  const { adapter, start } = startingAdapter(asked(directory), model)
  if (adapter.kind !== 'lora') throw new Error('an adapter of another kind')
  const layout = parameterLayout(model.architecture, model.config, blockAdapter(model.architecture, model.config, adapter), 3)
  const values = new Float32Array(layout.size)
  initialise(layout, values, 1, model, start)
  const of = (own: string): Float32Array => {
    const { offset, size } = layout.parameters.find((p) => p.name === own)!
    return values.subarray(offset, offset + size)
  }
  const stems = layout.parameters.flatMap((p) => (p.name.endsWith('.lora_A.weight') ? [p.name.replace('.lora_A.weight', '')] : []))
  return Float64Array.from(
    stems.flatMap((stem) =>
      multiplied(of(`${stem}.lora_A.weight`), of(`${stem}.lora_B.weight`), adapter.rank, adapter.alpha / adapter.rank),
    ),
  )
}

function multiplied(a: Float32Array, b: Float32Array, rank: number, scale: number): number[] {
  const [inputs, outputs] = [a.length / rank, b.length / rank]
  return Array.from({ length: outputs * inputs }, (_, at) => {
    const [o, i] = [Math.floor(at / inputs), at % inputs]
    return scale * Array.from({ length: rank }, (__, k) => b[o * rank + k]! * a[k * inputs + i]!).reduce((sum, x) => sum + x, 0)
  })
}

describe('a saved adapter adds what PEFT adds', () => {
  /** By its formula, alpha / r or alpha / sqrt(r), from the recorded tensors in the order of layers and targets. */
  const expected = (scale: (module: string) => number): number[] => {
    const tensors = recordedTensors('qwen2', 'start')
    return [0, 1].flatMap((layer) =>
      ['q', 'v'].flatMap((part) => {
        const stem = `model.layers.${layer}.self_attn.${part}_proj`
        return multiplied(tensors.get(`${stem}.lora_A.weight`)!, tensors.get(`${stem}.lora_B.weight`)!, 2, scale(stem))
      }),
    )
  }
  const rename = (change: (name: string) => string) => (tensors: Tensors) => {
    for (const [name, tensor] of new Map(tensors)) {
      tensors.delete(name)
      tensors.set(change(name), tensor)
    }
  }
  const plain = (): number => 4 / 2
  test.each<[string, object, (tensors: Tensors) => void, (module: string) => number]>([
    ['alpha / r', {}, () => {}, plain],
    ['alpha / sqrt(r)', { use_rslora: true }, () => {}, () => 4 / Math.SQRT2],
    ['an alpha for some modules', { alpha_pattern: { v_proj: 10 } }, () => {}, (module) => (module.endsWith('v_proj') ? 5 : 2)],
    [
      'an alpha by an expression',
      { alpha_pattern: { 'layers\\.1\\..*q_proj': 8 } },
      () => {},
      (m) => (m.includes('1.self_attn.q') ? 4 : 2),
    ],
    ['ranks by patterns that come to the same', { r: 64, rank_pattern: { 'self_attn\\..*': 2 } }, () => {}, plain],
    ['the usual alpha', { lora_alpha: undefined }, () => {}, () => 8 / 2],
    ['targets by an expression', { target_modules: '.*self_attn\\.(q|v)_proj' }, () => {}, plain],
    ['all linear layers', { target_modules: 'all-linear' }, () => {}, plain],
    ['layers by their numbers', { layers_to_transform: [0, 1], layers_pattern: 'layers' }, () => {}, plain],
    ['an initialisation that leaves the base', { init_lora_weights: 'gaussian' }, () => {}, plain],
    [
      'what training alone reads',
      { lora_dropout: 0.3, fan_in_fan_out: true, megatron_core: 'megatron.core', peft_version: '0.18' },
      () => {},
      plain,
    ],
    [
      'names of another adapter',
      {},
      rename((name) => name.replace('lora_A.weight', 'lora_A.default.weight').replace('lora_B.weight', 'lora_B.default.weight')),
      plain,
    ],
    ['names of the bare model', {}, rename((name) => name.replace('base_model.model.model.', 'base_model.model.')), plain],
    ['names without a prefix', {}, rename((name) => name.replace('base_model.model.', '')), plain],
    ['names of a compiled model', {}, rename((name) => `module._orig_mod.${name}`), plain],
  ])('with %s', (_, config, change, scale) => {
    const found = product('qwen2', saved('qwen2', change, config))
    expect(distance(found, expected(scale))).toBeLessThan(1e-6)
  })

  test('to each pass through the one layer of ALBERT', () => {
    const shared = 'albert.encoder.albert_layer_groups.0.albert_layers.0.'
    const one = (tensors: Tensors): void => {
      for (const [name, tensor] of new Map(tensors)) {
        tensors.delete(name)
        if (name.includes('pass.0.')) tensors.set(name.replace('albert.encoder.pass.0.', shared), tensor)
      }
    }
    const found = product('albert', saved('albert', one))
    const third = found.length / 3
    expect(found.slice(0, third)).toEqual(found.slice(third, 2 * third))
    expect(found.some((value) => value !== 0)).toBe(true)
  })
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
  ['by PiSSA', () => {}, { init_lora_weights: 'pissa_niter_4' }, /init_lora_weights: "pissa_niter_4"; expected .*change the base model/],
  ['by OLoRA', () => {}, { init_lora_weights: 'olora' }, /init_lora_weights: "olora"/],
  ['by LoftQ', () => {}, { init_lora_weights: 'loftq' }, /init_lora_weights: "loftq"/],
  ['by CorDA', () => {}, { init_lora_weights: 'corda' }, /init_lora_weights: "corda"/],
  ['by MiCA', () => {}, { init_lora_weights: 'mica' }, /init_lora_weights: "mica"/],
  ['of weights taken apart', () => {}, { use_dora: true }, /use_dora: true/],
  ['with biases of its own', () => {}, { lora_bias: true }, /lora_bias: true/],
  ['of parameters', () => {}, { target_parameters: ['x'] }, /target_parameters/],
  ['of tokens', () => {}, { trainable_token_indices: [1] }, /trainable_token_indices/],
  ['of layers that are repeated', () => {}, { layer_replication: [[0, 2]] }, /layer_replication/],
  ['for tokens', () => {}, { task_type: 'TOKEN_CLS' }, /task_type: "TOKEN_CLS"/],
  ['with a key that is not known', () => {}, { brand_new: 3 }, /brand_new: 3; expected no such key/],
  ['of several ranks', () => {}, { rank_pattern: { v_proj: 4 } }, /rank_pattern: another rank for model.layers.0.self_attn.v_proj than 2/],
  ['whose modules are not those of its file', () => {}, { target_modules: ['q_proj'] }, /target_modules: nothing that names .*v_proj/],
  ['with modules that are left out', () => {}, { exclude_modules: ['v_proj'] }, /target_modules: nothing that names .*v_proj/],
  [
    'of some layers',
    (t) => [...t.keys()].filter((n) => n.includes('layers.1')).forEach((n) => t.delete(n)),
    { layers_to_transform: [0] },
    /no tensor model.layers.1/,
  ],
  [
    'with an output matrix of its own',
    (t) => t.set('base_model.model.lm_head.weight', { shape: [24, 8], data: new Float32Array(192) }),
    {},
    /the tensor lm_head.weight/,
  ],
  ['that lacks a layer', (t) => t.delete([...t.keys()].at(-1)!), {}, /no tensor model.layers.1/],
])('an adapter %s is refused', (_, change, config, message) => {
  using model = new Model(recordedDirectory('qwen2'), 1)
  const directory = saved('qwen2', change, config)
  expect(() => startingAdapter(asked(directory), model)).toThrow(message)
})

test('an adapter in bf16 or fp16 starts from its values, and one that is pickled is refused', () => {
  const directory = saved('qwen2')
  const narrow = join(root, 'narrow')
  mkdirSync(narrow)
  cpSync(join(directory, 'adapter_config.json'), join(narrow, 'adapter_config.json'))
  using file = openFile(join(directory, 'adapter_model.safetensors'))
  const entries = [...file.tensors].map(([name, { shape }]) => {
    const data = new Float32Array(shape.reduce((all, d) => all * d, 1))
    file.readFloats(name, data)
    // The upper half of a float32.
    return [
      name,
      { dtype: 'BF16' as const, shape, data: new Uint8Array(Uint16Array.from(new Uint32Array(data.buffer), (bits) => bits >>> 16).buffer) },
    ] as const
  })
  writeSafetensors(join(narrow, 'adapter_model.safetensors'), entries)
  const [found, wide] = [product('qwen2', narrow), product('qwen2', directory)]
  expect(distance(found, wide)).toBeLessThan(0.02)
  expect(distance(found, wide)).toBeGreaterThan(0)

  renameSync(join(narrow, 'adapter_model.safetensors'), join(narrow, 'adapter_model.bin'))
  using model = new Model(recordedDirectory('qwen2'), 1)
  expect(() => startingAdapter(asked(narrow), model)).toThrow(/only as adapter_model.bin; expected adapter_model.safetensors/)
})

const given = join(projectRoot, '../shared/inputs/adapters')
test.skipIf(!existsSync(given))('adapters whose base was changed when they were made are refused by that', () => {
  using model = new Model(recordedDirectory('qwen2'), 1)
  for (const name of ['a-pissa', 'a-olora'])
    expect(() => startingAdapter(asked(join(given, name)), model)).toThrow(/init_lora_weights.*change the base/)
})
