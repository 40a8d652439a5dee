/** Every graph that is built gives the same with ONNX Runtime's optimiser and without it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Graph } from '#main/engine/onnx/graph.ts'
import { sizeOf } from '#main/engine/onnx/graph-flops.ts'
import type { Linearised } from '#main/engine/onnx/linearise.ts'
import { requiredInputs } from '#main/engine/onnx/serialise.ts'
import { type Feeds, GraphSession } from '#main/engine/runtime/onnx-session.ts'
import { type Architecture, type BlockAdapter } from '#main/models/architectures/architecture.ts'
import { architectures } from '#main/models/architectures/index.ts'
import { readConfig } from '#main/models/config.ts'
import { dimensions } from '#main/models/model-flops.ts'
import * as graphs from '#main/models/graphs.ts'
import { type HeadSpec, languageHeadOf } from '#main/models/head-spec.ts'
import type { ModelConfig } from '#main/models/model-config.ts'
import * as words from '#main/models/next-word-graphs.ts'
import { type AdapterSpec, blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'
import { recordedDirectory, recordedModels } from './architectures/recorded.ts'

const directory = mkdtempSync(join(tmpdir(), 'cooperlab-graphs-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Changes of a recorded config that lead to graphs of another form. */
const VARIANTS: readonly (readonly [recorded: string, change: Readonly<Record<string, unknown>>])[] = [
  ...['llama', 'mistral', 'qwen2', 'qwen3'].map((name) => [name, { num_key_value_heads: 4 }] as const),
  ['llama', { num_key_value_heads: 1 }],
  ['llama', { attention_bias: true, mlp_bias: true, num_key_value_heads: null }],
  ['opt', { enable_bias: false }],
  ['deberta-v2', { pos_att_type: ['c2p'] }],
  ['deberta-v2', { pos_att_type: 'p2c', norm_rel_ebd: 'none' }],
]

const AS_RECORDED = {}

const BATCH = { sequences: 2, tokens: 3 }
const SIZES = { ...dimensions(BATCH, 2), T: 6, K: 2, M: 5, V: 7, W: 4 }

/** 0.5 in float16. */
const HALF = 0x3800

function configOf(name: string, change: object): ModelConfig {
  const own = JSON.parse(readFileSync(join(recordedDirectory(name), 'config.json'), 'utf8')) as object
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...own, ...change }))
  return readConfig(directory)
}

/** Values for every input: normal ones, nothing hidden, indices of the first row or class. */
function feedsFor(graph: Graph, given: Feeds): Feeds {
  const needed = new Set(requiredInputs(graph))
  return Object.fromEntries(
    graph.inputs
      .filter(({ name }) => needed.has(name))
      .map(({ name, shape, type }) => {
        if (given[name]) return [name, given[name]]
        const dims = shape.map((dimension) => sizeOf(dimension, SIZES))
        const length = dims.reduce((product, d) => product * d, 1)
        if (type === 'int64') return [name, { data: new BigInt64Array(length), dims }]
        if (type === 'int8') return [name, { data: new Int8Array(length).fill(3), dims }]
        if (type === 'uint8') return [name, { data: new Uint8Array(length).fill(0x79), dims }]
        if (type === 'float16') return [name, { data: new Uint16Array(length).fill(HALF), dims }]
        const stream = new Stream(deriveKey(3, name))
        const hides = name === 'mask' || name === 'causal'
        // A sum of exponentials is positive.
        const value = (): number => (hides ? 0 : name === 'sum' ? 1 + stream.uniform() : 0.5 * stream.normal())
        return [name, { data: Float32Array.from({ length }, value), dims }]
      }),
  )
}

async function run(graph: Graph, feeds: Feeds, optimised: boolean): Promise<Feeds> {
  using session = await GraphSession.create(graph, 'graph', optimised)
  return await session.run(feeds)
}

/** @returns what the graph gave */
async function expectSame(name: string, graph: Graph, given: Feeds = {}): Promise<Feeds> {
  const feeds = feedsFor(graph, given)
  const [plain, optimised] = [await run(graph, feeds, false), await run(graph, feeds, true)]
  expect(Object.keys(optimised).toSorted()).toEqual(Object.keys(plain).toSorted())
  for (const [output, { data, dims }] of Object.entries(plain)) {
    expect(optimised[output]!.dims, `${name}: ${output}`).toEqual(dims)
    // Biases of keys move no score: their gradients are rounding, and no larger than what rounds.
    const largest = (data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0.1)
    const other = optimised[output]!.data as Float32Array
    const apart = (data as Float32Array).reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0)
    expect(apart / largest, `${name}: ${output}`).toBeLessThan(3e-5)
  }
  return plain
}

async function expectSameParts(name: string, { primal, linear }: Linearised, given: Feeds): Promise<void> {
  const values = await expectSame(`${name}, values`, primal, given)
  for (const [i, part] of linear.entries()) {
    // Without an adapter nothing is asked of the first block.
    if (part.outputs.length > 0) await expectSame(`${name}, derivatives ${i}`, part, { ...given, ...values })
  }
}

function adaptersOf(architecture: Architecture, config: ModelConfig): (readonly [string, BlockAdapter | null])[] {
  const targets = Object.keys(architecture.linearTargets(config))
  const biased = architecture.blockWeights(config).some(({ bias }) => bias)
  const specs: AdapterSpec[] = [
    { kind: 'lora', rank: 2, alpha: 4, targets },
    ...(biased ? [{ kind: 'bitfit' } as const] : []),
    { kind: 'bottleneck', size: 3 },
  ]
  return [['no adapter', null], ...specs.map((spec) => [spec.kind, blockAdapter(architecture, config, spec)] as const)]
}

const models = [...recordedModels.map((name) => [name, AS_RECORDED] as const), ...VARIANTS]

describe.each(models)('%s with %o', (name, change) => {
  const config = configOf(name, change)
  const architecture = architectures[config.modelType]!
  const tables = (architecture.blockInputs?.(config, BATCH.tokens) ?? {}) as Feeds

  test('has the same embedding and blocks', async () => {
    await expectSame('embedding', graphs.embedForward(architecture, config))
    await expectSame('embedding backward', graphs.embedBackward(architecture, config))
    for (const [kind, adapter] of adaptersOf(architecture, config).slice(0, change === AS_RECORDED ? undefined : 2)) {
      await expectSame(`block, ${kind}`, graphs.blockForward(architecture, config, adapter, true), tables)
      for (const form of kind === 'lora' ? (['fp16', 'int8', 'int4'] as const) : []) {
        await expectSame(`block in ${form}`, graphs.blockForward(architecture, config, adapter, false, form), tables)
      }
      await expectSameParts(`tangents, ${kind}`, graphs.blockTangents(architecture, config, adapter), tables)
      for (const trained of adapter ? (['adapter'] as const) : (['adapter', 'all'] as const)) {
        await expectSame(`block backward, ${kind}, ${trained}`, graphs.blockBackward(architecture, config, adapter, trained), tables)
        await expectSameParts(`gradients, ${kind}, ${trained}`, graphs.blockGradients(architecture, config, adapter, trained), tables)
      }
    }
  })

  test('has the same heads', async () => {
    const language = architecture.languageHead(config)
    const heads: HeadSpec[] = [3, ...(language ? [{ kind: 'words', ids: [4, 2] } as const] : [])]
    for (const head of heads) {
      await expectSame('head', graphs.classifierForward(architecture, config, head))
      await expectSame('head backward', graphs.classifierBackward(architecture, config, head, 'all'))
      await expectSameParts('head tangents', graphs.classifierTangents(architecture, config, head), {})
    }
    if (!config.decoder || !language) return
    const { matrix } = languageHeadOf(architecture, config)
    const width = matrix.shape[1]!
    const built = [words.wordStates, words.wordStateTangents, words.wordStateGradients].map((build) => build(language, config.hiddenSize))
    const slices = [
      words.sliceValues,
      words.sliceTangents,
      words.sliceGradients,
      words.targetValues,
      words.targetTangents,
      words.targetGradients,
    ]
    for (const [i, graph] of [...built, ...slices.map((build) => build(width))].entries()) await expectSame(`words ${i}`, graph)
  })
})

test('masked words of BERT and its bags of words have the same graphs', async () => {
  const config = readConfig(join(import.meta.dirname, '../../oracles/bert-tiny'))
  const architecture = architectures['bert']!
  await expectSame('transform', graphs.maskedTransform(config))
  await expectSame('scores', graphs.wordScores(config))
  await expectSame('masked words', graphs.maskedLanguageBackward(config))
  // One point only: its rows are sequences.
  const { hiddenSize } = config
  const x = { data: Float32Array.from({ length: 6 * hiddenSize }, (_, i) => Math.sin(i)), dims: [1, 2, 3, hiddenSize] }
  await expectSame('bags', graphs.bagOfWordsBackward(architecture, config), { x })
  for (const [kind, adapter] of adaptersOf(architecture, config)) {
    await expectSame(`block, ${kind}`, graphs.blockForward(architecture, config, adapter))
    await expectSameParts(`gradients, ${kind}`, graphs.blockGradients(architecture, config, adapter, 'all'), {})
    await expectSameParts(`tangents, ${kind}`, graphs.blockTangents(architecture, config, adapter), {})
  }
})
