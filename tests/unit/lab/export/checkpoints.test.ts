/**
 * What is exported for other programs, against PyTorch: the recorded logits of every architecture with LoRA must come out of the merged checkpoint in
 * this lab, of the adapter where this lab loads it again, and of both where PyTorch loads them by the rules of PEFT and transformers.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { exportMerged } from '#main/lab/export/merged-checkpoint.ts'
import { exportPeft } from '#main/lab/export/peft-adapter.ts'
import { sourceResources } from '#main/machine/resources.ts'
import { startingAdapter } from '#main/lab/starting-adapter.ts'
import { fullName } from '#main/models/architectures/architecture.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { classifierWeights } from '#main/models/heads.ts'
import { Model } from '#main/models/model.ts'
import { openFile } from '#main/models/safetensors/checkpoint.ts'
import { safetensorsBytes, writeSafetensors } from '#main/models/safetensors/write.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import type { StoredReplica, StoredSession } from '#main/store/session-data.ts'
import { blockAdapter } from '#main/training/adapters/block-adapter.ts'
import { makeBatch } from '#main/training/batch.ts'
import { initialise, parameterLayout } from '#main/training/parameters.ts'
import { Replica } from '#main/training/replica.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import { distance, kernelBytes, projectRoot, relativeDistance, replicaSpec } from '../../training/tiny.ts'
import { recorded, recordedDirectory, recordedExamples, recordedModels, recordedTensors } from '../../models/architectures/recorded.ts'

const CLASSES = 3
const LABELS = ['low', 'middle', 'high']
const PYTHON = '/usr/bin/python3'
const resources = sourceResources(projectRoot)
const folder = mkdtempSync(join(tmpdir(), 'exports-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Its layers share their weights, so that what is trained for each of them has no weight of its own to go into.
const mergeable = recordedModels.filter((name) => name !== 'albert')

/** A session that trained the recorded LoRA, and the model's own classifier unless it learnt the next word. */
function trainedSession(
  name: string,
  kind: 'classification' | 'language-model' = 'classification',
): { session: StoredSession; checkpoint: StoredReplica } {
  const { rank, alpha } = recorded(name).lora
  using model = new Model(recordedDirectory(name), 7)
  const own = kind === 'classification' ? classifierWeights(model.architecture, model.config, CLASSES) : []
  const head = own.map(({ name: weight, shape }) => {
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    model.read(weight, data)
    return [fullName(model.architecture, weight), { dtype: 'F32' as const, shape, data }] as const
  })
  const lora = [...recordedTensors(name, 'start')].map(([tensor, data]) => {
    const shape = tensor.includes('lora_A') ? [rank, data.length / rank] : [data.length / rank, rank]
    return [tensor, { dtype: 'F32' as const, shape, data }] as const
  })
  const scenario = parseScenario(
    {
      seed: 7,
      task: { kind },
      model: { checkpoint: recordedDirectory(name), adapter: { rank, alpha } },
      data: { train: { path: 'x.tsv' } },
      fleet: [{ profile: 'pixel-4' }],
    },
    'test',
  )
  const checkpoint: StoredReplica = { kind: 'trained', round: 1, position: 1, content: safetensorsBytes([...lora, ...head]) }
  return { session: { id: name, scenario } as StoredSession, checkpoint }
}

const placeOf = (name: string) => ({ peft: join(folder, `${name}-peft`), merged: join(folder, `${name}-merged`) })

beforeAll(() => {
  for (const name of recordedModels) {
    const { session, checkpoint } = trainedSession(name)
    const { peft, merged } = placeOf(name)
    exportPeft(peft, session, checkpoint, LABELS, resources)
    if (mergeable.includes(name)) exportMerged(merged, session, checkpoint, LABELS, resources)
  }
})

/** Of the recorded rows. @param adapter a directory that PEFT would load */
async function measured(directory: string, name: string, adapter: string | null, head: HeadSpec = CLASSES, seed = 7) {
  using model = new Model(directory, seed, null, { adapter: adapter ?? undefined })
  const { architecture, config } = model
  const asked = { kind: 'lora' as const, rank: 8, alpha: 16, targets: ['query' as const] }
  const started = adapter === null ? null : startingAdapter({ ...asked, from: adapter }, model)
  const block = started ? blockAdapter(architecture, config, started.adapter as typeof asked) : null
  const layout = parameterLayout(architecture, config, block, head)
  const arena = new Arena(
    Replica.bytes(layout, { poolSize: 4 }) + displacedBytes(layout, 1) + streamedBytes(model, 'fp32', head) + (1 << 16),
  )
  const kernels = loadKernels(arena.memory, kernelBytes)
  const replica = new Replica(layout, replicaSpec(), model, arena, kernels)
  if (started) initialise(layout, replica.values, 7, model, started.start)
  const weights = new StreamedWeights(model, arena, { kernels, head })
  using sweep = await Sweep.create(model, weights, layout, block, head, arena)
  const padId = config.padTokenId ?? 0
  const form = typeof head === 'number' ? padId : { padId, nextWord: true }
  const batch = makeBatch(recordedExamples(recorded(name)), form)
  const { logits, losses } = await sweep.run(batch, replica.values, [{ direction: null, scale: 0 }], replica.combiner)
  return { logits: Float32Array.from(logits), losses: Float32Array.from(losses) }
}

describe.each(recordedModels)('%s', (name) => {
  const expected = recorded(name).lora.logits.flat()

  test.skipIf(!mergeable.includes(name))('merged into its weights gives the logits of PyTorch with the adapter', async () => {
    expect(distance((await measured(placeOf(name).merged, name, null)).logits, expected)).toBeLessThan(1e-4)
  })

  test('whose adapter is loaded again gives them too', async () => {
    expect(distance((await measured(recordedDirectory(name), name, placeOf(name).peft)).logits, expected)).toBeLessThan(1e-4)
  })

  test('names what PEFT looks for, and nothing else', () => {
    const config = JSON.parse(readFileSync(join(placeOf(name).peft, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    const { rank, alpha } = recorded(name).lora
    expect(config).toMatchObject({ peft_type: 'LORA', task_type: 'SEQ_CLS', r: rank, lora_alpha: alpha, bias: 'none', lora_dropout: 0 })
    const saved = config['modules_to_save'] as string[]
    const targets = config['target_modules'] as string[]
    // The format itself: eight bytes of length, then the names as JSON. https://huggingface.co/docs/safetensors
    const file = readFileSync(join(placeOf(name).peft, 'adapter_model.safetensors'))
    const header = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0)))) as Record<string, { shape: number[] }>
    const names = Object.keys(header).filter((key) => key !== '__metadata__')
    for (const key of names) {
      const [, module, part] = /^base_model\.model\.(.+?)\.(lora_A\.weight|lora_B\.weight|weight|bias)$/.exec(key)!
      if (part!.startsWith('lora')) {
        expect(targets).toContain(module)
        expect(header[key]!.shape[part === 'lora_A.weight' ? 0 : 1]).toBe(rank)
      } else expect(saved.some((own) => module === own || module!.startsWith(`${own}.`))).toBe(true)
    }
    expect(names.filter((key) => key.endsWith('lora_A.weight'))).toHaveLength(targets.length)
  })
})

test.each(recordedModels.filter((name) => recorded(name).language))(
  '%s that learnt the next word loses as much merged as with its adapter, which changes what it loses',
  async (name) => {
    const head = { kind: 'next-word' } as const
    const { session, checkpoint } = trainedSession(name, 'language-model')
    const [peft, merged] = [join(folder, `${name}-words-peft`), join(folder, `${name}-words-merged`)]
    exportPeft(peft, session, checkpoint, [], resources)
    exportMerged(merged, session, checkpoint, [], resources)
    const { losses } = await measured(merged, name, null, head)
    const base = recordedDirectory(name)
    expect(relativeDistance(losses, (await measured(base, name, peft, head)).losses)).toBeLessThan(1e-5)
    expect(relativeDistance(losses, (await measured(base, name, null, head)).losses)).toBeGreaterThan(1e-3)
    const config = (directory: string): unknown => JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'))
    const own = config(base) as object
    const named = { architectures: [expect.stringMatching(/(ForCausalLM|LMHeadModel)$/)], torch_dtype: 'float32', dtype: 'float32' }
    expect(config(merged)).toEqual({ ...own, ...named })
  },
)

test('an adapter for layers that share their weights is not merged, and the line says why', () => {
  const { session, checkpoint } = trainedSession('albert')
  expect(() => exportMerged(join(folder, 'none'), session, checkpoint, LABELS, resources)).toThrow(/has no weight to go into/)
})

test("a head that was trained as a whole takes the place of the model's", async () => {
  const { peft } = placeOf('roberta')
  const changed = join(folder, 'roberta-trained')
  cpSync(peft, changed, { recursive: true })
  const file = openFile(join(peft, 'adapter_model.safetensors'))
  const names = [...file.tensors.keys()]
  const tensors = names.map((name) => {
    const { shape } = file.tensors.get(name)!
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    file.readFloats(name, data)
    return [name, { dtype: 'F32' as const, shape, data }] as const
  })
  file.close()
  const dense = { dtype: 'F32' as const, shape: [8, 8], data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)) }
  const kept = tensors.filter(([name]) => !name.endsWith('classifier.dense.weight'))
  writeSafetensors(join(changed, 'adapter_model.safetensors'), [...kept, ['base_model.model.classifier.dense.weight', dense]])
  const less = join(folder, 'roberta-less')
  cpSync(peft, less, { recursive: true })
  writeSafetensors(join(less, 'adapter_model.safetensors'), kept)
  // The same weights in the checkpoint itself.
  const base = join(folder, 'roberta-changed')
  cpSync(recordedDirectory('roberta'), base, { recursive: true })
  const own = openFile(join(base, 'model.safetensors'))
  const whole = [...own.tensors].map(([name, { shape }]) => {
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    own.readFloats(name, data)
    return [name, name === 'classifier.dense.weight' ? dense : { dtype: 'F32' as const, shape, data }] as const
  })
  own.close()
  writeSafetensors(join(base, 'model.safetensors'), whole)
  const { logits } = await measured(recordedDirectory('roberta'), 'roberta', changed)
  expect(logits).toEqual((await measured(base, 'roberta', less)).logits)
  expect(distance(logits, recorded('roberta').lora.logits.flat())).toBeGreaterThan(1e-3)
})

describe('the config of an export', () => {
  const contentOf = (directory: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>

  test.each(mergeable)('of %s names its class, its classes, its problem and the type of its file', (name) => {
    for (const directory of [placeOf(name).merged, placeOf(name).peft]) {
      const config = contentOf(directory)
      expect((config['architectures'] as string[])[0]).toMatch(/^[A-Za-z0-9]+ForSequenceClassification$/)
      expect(config['architectures']).not.toEqual([expect.stringContaining('LMHead')])
      const id2label = { 0: 'low', 1: 'middle', 2: 'high' }
      expect(config).toMatchObject({ dtype: 'float32', torch_dtype: 'float32', problem_type: 'single_label_classification', id2label })
      expect(config['label2id']).toEqual({ low: 0, middle: 1, high: 2 })
    }
    using model = new Model(placeOf(name).merged, 1)
    expect(model.config.labels).toEqual(LABELS)
    expect(model.holdsClassifier(CLASSES)).toBe(true)
  })

  /** A GPT-2 whose files say what `files` say. */
  function merged(config: object, files: Readonly<Record<string, object>>): Record<string, unknown> {
    const base = mkdtempSync(join(folder, 'base-'))
    cpSync(recordedDirectory('gpt2'), base, { recursive: true })
    writeFileSync(join(base, 'config.json'), JSON.stringify({ ...contentOf(recordedDirectory('gpt2')), ...config }))
    for (const [file, content] of Object.entries(files)) writeFileSync(join(base, file), JSON.stringify(content))
    const { session, checkpoint } = trainedSession('gpt2')
    const scenario = { ...session.scenario, model: { ...session.scenario.model, checkpoint: base } }
    const place = join(folder, `merged-${base.slice(-6)}`)
    exportMerged(place, { ...session, scenario }, checkpoint, LABELS, resources)
    for (const file of Object.keys(files)) expect(readFileSync(join(place, file), 'utf8')).toBe(JSON.stringify(files[file]))
    return contentOf(place)
  }
  const END = { id: 9, content: '<end>', special: true }
  const plain = { added_tokens: [END, { id: 4, content: '<pad>' }], post_processor: null, model: { type: 'BPE', vocab: { a: 1 } } }
  const bare = { ...plain, added_tokens: [END] }
  const ending = {
    ...bare,
    post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A' } }, { SpecialToken: { id: '<end>' } }] },
  }

  test.each<[string, object, Readonly<Record<string, object>>, number | null]>([
    ['its own', { pad_token_id: 5 }, { 'tokenizer.json': plain }, 5],
    [
      "the tokenizer's",
      {},
      { 'tokenizer.json': plain, 'tokenizer_config.json': { pad_token: { content: '<pad>' }, eos_token: '<end>' } },
      4,
    ],
    ['the usual one', {}, { 'tokenizer.json': plain, 'tokenizer_config.json': { eos_token: '<end>' } }, 4],
    ['that of the end of a text', {}, { 'tokenizer.json': bare, 'tokenizer_config.json': { eos_token: '<end>' } }, 9],
    ['that of the end by its id', { eos_token_id: 9 }, {}, 9],
    ['none where rows end in it', {}, { 'tokenizer.json': ending, 'tokenizer_config.json': { eos_token: '<end>' } }, null],
    [
      'none where the tokenizer is told to add it',
      {},
      { 'tokenizer.json': bare, 'tokenizer_config.json': { eos_token: '<end>', add_eos_token: true } },
      null,
    ],
  ])('names the padding token of a decoder: %s', (_, config, files, padding) => {
    expect(merged(config, files)['pad_token_id']).toBe(padding)
  })

  test('says the classes once, and keeps the vocabulary files of the tokenizer', () => {
    const files = { 'vocab.json': { a: 1 }, 'added_tokens.json': { b: 2 }, 'special_tokens_map.json': {} }
    const config = merged({ num_labels: 3, dtype: 'bfloat16', torch_dtype: 'bfloat16', id2label: { 0: 'x', 1: 'y', 2: 'z' } }, files)
    expect(config).toMatchObject({
      num_labels: 3,
      dtype: 'float32',
      torch_dtype: 'float32',
      id2label: { 0: 'low', 1: 'middle', 2: 'high' },
    })
  })
})

test('an adapter beside a pooler that was drawn from its seed starts from the same under another seed', async () => {
  const base = join(folder, 'without-pooler')
  cpSync(recordedDirectory('albert'), base, { recursive: true })
  const file = openFile(join(base, 'model.safetensors'))
  const tensors = [...file.tensors].flatMap(([name, { shape }]) => {
    if (/pooler/.test(name)) return []
    const data = new Float32Array(shape.reduce((product, d) => product * d, 1))
    file.readFloats(name, data)
    return [[name, { dtype: 'F32' as const, shape, data }] as const]
  })
  file.close()
  writeSafetensors(join(base, 'model.safetensors'), tensors)
  const { session, checkpoint } = trainedSession('albert')
  const scenario = { ...session.scenario, model: { ...session.scenario.model, checkpoint: base } }
  const peft = join(folder, 'without-pooler-peft')
  exportPeft(peft, { ...session, scenario }, checkpoint, LABELS, resources)
  const { logits } = await measured(base, 'albert', peft)
  expect((await measured(base, 'albert', peft, CLASSES, 8)).logits).toEqual(logits)
  expect(
    distance((await measured(base, 'albert', null)).logits, (await measured(base, 'albert', null, CLASSES, 8)).logits),
  ).toBeGreaterThan(1e-4)
})

const torch = spawnSync(PYTHON, ['-c', 'import torch'])
const FAMILY: Record<string, string> = { 'deberta-v2': 'deberta', mistral: 'llama', 'opt-350m': 'opt', qwen2: 'llama', qwen3: 'llama' }

test.skipIf(torch.status !== 0)(
  'PyTorch finds the recorded logits in every adapter and every merged checkpoint',
  { timeout: 60_000 },
  () => {
    const request = mergeable.map((name) => ({
      family: FAMILY[name] ?? name,
      base: recordedDirectory(name),
      ...placeOf(name),
      inputIds: recorded(name).inputIds,
    }))
    const { stdout, stderr, status } = spawnSync(PYTHON, ['-B', join(projectRoot, 'tests', 'oracles', 'load_exports.py')], {
      input: JSON.stringify(request),
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
    const answers = JSON.parse(stdout) as { peft: number[][]; merged: number[][] }[]
    mergeable.forEach((name, i) => {
      const expected = recorded(name).lora.logits.flat()
      // Exact: the same numbers in float64; merged ones were rounded to float32.
      expect(distance(answers[i]!.peft.flat(), expected), `${name}, adapter`).toBeLessThan(1e-6)
      expect(distance(answers[i]!.merged.flat(), expected), `${name}, merged`).toBeLessThan(1e-5)
    })
  },
)
