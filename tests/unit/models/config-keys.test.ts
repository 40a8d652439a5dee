/** Every key of every architecture: what is honoured changes the result as the independent implementation says, the rest is refused or ignored. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { COMMON_IGNORED } from '#main/models/config-rules.ts'
import { readConfig } from '#main/models/config.ts'
import { Model } from '#main/models/model.ts'
import { ResidentWeights } from '#main/models/weights.ts'
import { Backprop } from '#main/training/backprop.ts'
import { makeBatch } from '#main/training/batch.ts'
import { parameterLayout, initialise } from '#main/training/parameters.ts'
import { feedsInPlace } from '#main/training/sweep.ts'
import { addGradient } from '#main/training/weight-gradients.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { expectInDocument } from '../../documents.ts'
import type { Config } from '../../reference/config.ts'
import { BASES, DRAWS } from '../../reference/draws.ts'
import { drawnTensors } from '../../reference/shapes.ts'
import { expectDraw, drawCases } from './draw-cases.ts'
import { adapterMarkdown, commonRows, tableMarkdown, tables } from './config-table.ts'
import { CLASSES, writeCheckpoint } from './drawn-checkpoints.ts'

const root = mkdtempSync(join(tmpdir(), 'cooperlab-keys-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Honoured keys that change no logits of a text: how the tests below, and those of exports and tasks, show them. */
const SHOWN_OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  architectures: ['export'],
  initializer_range: ['fresh weights'],
  init_std: ['fresh weights'],
  id2label: ['labels'],
  num_labels: ['labels'],
  problem_type: ['labels'],
  pad_token_id: ['gradient'],
}
const shown = (modelType: string, key: string): boolean => DRAWS[modelType]![key] !== undefined || SHOWN_OTHERWISE[key] !== undefined

describe.each(tables)('$modelType', ({ modelType, rows, ignored }) => {
  const base = BASES[modelType]!
  const read = (config: Config): ReturnType<typeof readConfig> => {
    writeFileSync(join(root, 'config.json'), JSON.stringify(config))
    return readConfig(root)
  }
  const refusal = (config: Config): string | null => {
    try {
      read(config)
      return null
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      return (error as Error).message
    }
  }
  const withKey = (key: string, value: unknown): Config => {
    const [section, inner] = key.split('.') as [string, string | undefined]
    return { ...base, [section]: inner === undefined ? value : { rope_type: 'linear', factor: 2, [inner]: value } }
  }

  test('has values drawn for every key that is honoured, and for no other', () => {
    const honoured = rows.filter(({ use }) => use === 'honoured').map(({ key }) => key)
    expect(honoured.filter((key) => !shown(modelType, key))).toEqual([])
    expect(Object.keys(DRAWS[modelType]!).filter((key) => !honoured.includes(key))).toEqual([])
  })

  test('computes what the independent implementation does, whatever keys are set', async () => {
    for (const drawn of drawCases(modelType, 1)) await expectDraw(root, drawn)
  })

  const POOL: readonly unknown[] = [true, false, 0, 1, 2, 7, 'wrong', { a: 1 }, [1], null]

  test('refuses by name what keys of one value say otherwise', () => {
    for (const { key } of [...commonRows, ...rows].filter(({ use }) => use === 'refused')) {
      const messages = POOL.flatMap((value) => refusal(withKey(key, value)) ?? [])
      expect(messages.length, key).toBeGreaterThan(0)
      for (const message of messages) expect(message).toContain(key.split('.').at(-1))
    }
  })

  test('computes the same whatever keys without effect say', () => {
    const plain = read(base)
    for (const key of [...COMMON_IGNORED, ...ignored]) for (const value of POOL) expect(read({ ...base, [key]: value }), key).toEqual(plain)
  })

  test('refuses keys that it does not know, unless they say nothing', () => {
    expect(refusal({ ...base, unheard_of: 0.5 })).toContain('unheard_of')
    expect(refusal({ ...base, unheard_of: null, also: false, more: [] })).toBeNull()
  })

  test('reads what classifiers are from the common keys', () => {
    expect(read({ ...base, id2label: { 0: 'a', 1: 'b' } })).toMatchObject({ labels: ['a', 'b'], labelCount: 2, problem: null })
    expect(read({ ...base, num_labels: 4 })).toMatchObject({ labels: null, labelCount: 4 })
    expect(read({ ...base, num_labels: 1 })).toMatchObject({ labelCount: 1, problem: null })
    expect(read({ ...base, problem_type: 'multi_label_classification' }).problem).toBe('multi_label_classification')
    expect(read({ ...base, architectures: ['X'] }).architectures).toEqual(['X'])
  })

  test('draws what is missing with the deviation that the config names', () => {
    const key = modelType === 'opt' ? 'init_std' : 'initializer_range'
    const tensors = new Map([...drawnTensors(base, CLASSES, 1)].filter(([name]) => !/^(score|classifier)/.test(name)))
    const valuesOf = (deviation: number): Float32Array => {
      using model = new Model(writeCheckpoint(join(root, `fresh-${modelType}-${deviation}`), { ...base, [key]: deviation }, tensors), 1)
      const layout = parameterLayout(model.architecture, model.config, null, CLASSES)
      const out = new Float32Array(layout.size)
      initialise(layout, out, 1, model)
      return out
    }
    const [a, b] = [valuesOf(0.1), valuesOf(0.4)]
    expect(a.some((value) => value !== 0)).toBe(true)
    a.forEach((value, i) => expect(b[i]).toBeCloseTo(4 * value, 5))
  })

  test('leaves the row of the padding token alone in backpropagation, where transformers does', async () => {
    using model = new Model(
      writeCheckpoint(
        join(root, `still-${modelType}`),
        { ...base, pad_token_id: 1 },
        drawnTensors({ ...base, pad_token_id: 1 }, CLASSES, 1),
      ),
      1,
    )
    const { architecture, config } = model
    const layout = parameterLayout(architecture, config, null, CLASSES)
    const classifier = new Float32Array(layout.size)
    initialise(layout, classifier, 1, model)
    const batch = makeBatch([{ ids: Int32Array.from([1, 5, 1, 7]), label: 0 }], 0)
    using backprop = await Backprop.create(model, new ResidentWeights(model), null, CLASSES, 'all')
    const sums = new Map<string, Float32Array>()
    const sumOf = (name: string): Float32Array => sums.get(name) ?? sums.set(name, new Float32Array(100_000)).get(name)!
    await backprop.gradients(
      batch,
      (layer) => feedsInPlace(layout.byLayer[layer]!, classifier),
      (...gradient) => addGradient(model, batch, gradient, sumOf),
    )
    const { name, width } = architecture.embeddingTables(config)[0]!
    const moved = (id: number): boolean =>
      sums
        .get(name)!
        .subarray(id * width, (id + 1) * width)
        .some((value) => value !== 0)
    expect([moved(5), moved(1)]).toEqual([true, modelType === 'gpt2'])
  })
})

test('other names of keys mean the same', () => {
  const { dim, n_heads, n_layers, ...rest } = BASES['distilbert'] as Record<string, number>
  writeFileSync(
    join(root, 'config.json'),
    JSON.stringify({ ...rest, hidden_size: dim, num_attention_heads: n_heads, num_hidden_layers: n_layers }),
  )
  const renamed = readConfig(root)
  writeFileSync(join(root, 'config.json'), JSON.stringify(BASES['distilbert']))
  expect(renamed).toEqual(readConfig(root))
})

describe('docs/models.md (UPDATE_DOCS=1 writes it)', () => {
  test('has the table of keys, none of them untested', () => {
    const table = tableMarkdown(shown)
    expectInDocument('docs/models.md', 'keys', table)
    expect(tables.every(({ modelType }) => new RegExp(`\\| ${modelType} (\\| \\d+ ){3}\\| 0 \\|`).test(table))).toBe(true)
  })

  test('has the table of keys of adapters', () => {
    expectInDocument('docs/models.md', 'adapter keys', adapterMarkdown())
  })
})
