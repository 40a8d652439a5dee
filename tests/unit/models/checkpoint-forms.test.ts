/** The same weights in the forms that files have them in give what the independent implementation gives, for every architecture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { architectures } from '#main/models/architectures/index.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { BASES } from '../../reference/draws.ts'
import type { Tensor, Tensors } from '../../reference/matrix.ts'
import { type Outcome, outcomeOf } from '../../reference/model.ts'
import { drawnTensors } from '../../reference/shapes.ts'
import { AT, CLASSES, TEXTS, WORDS, labOutcome, writeCheckpoint } from './drawn-checkpoints.ts'

const root = mkdtempSync(join(tmpdir(), 'cooperlab-forms-'))
afterAll(() => rmSync(root, { recursive: true }))

const renamed = (tensors: Tensors, name: (own: string) => string): Tensors =>
  new Map([...tensors].map(([own, tensor]) => [name(own), tensor]))
const tensor = (...shape: number[]): Tensor => ({ shape, data: new Float32Array(shape.reduce((all, size) => all * size, 1)).fill(0.5) })

/** Without the prefix of the architecture, as a model without a head is saved. */
function bare(tensors: Tensors, prefix: string): Tensors {
  return renamed(tensors, (own) => (own.startsWith(prefix) ? own.slice(prefix.length) : own))
}

const FORMS: Readonly<Record<string, (tensors: Tensors, prefix: string) => Tensors>> = {
  'without a prefix': bare,
  'in a compiled model': (tensors) => renamed(tensors, (own) => `_orig_mod.${own}`),
  'in data parallelism': (tensors) => renamed(tensors, (own) => `module.${own}`),
  'in both': (tensors) => renamed(tensors, (own) => `module._orig_mod.${own}`),
  'compiled inside': (tensors, prefix) => renamed(tensors, (own) => own.replace(prefix, `${prefix}_orig_mod.`)),
  'with the words of early checkpoints': (tensors) =>
    renamed(tensors, (own) => own.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')),
  'with buffers and heads of other tasks': (tensors, prefix) =>
    new Map([
      ...tensors,
      [`${prefix}embeddings.position_ids`, tensor(1, 20)],
      [`${prefix}rotary_emb.inv_freq`, tensor(2)],
      [`${prefix}h.0.attn.bias`, tensor(1, 1, 20, 20)],
      [`${prefix}h.0.attn.masked_bias`, tensor()],
      ['cls.seq_relationship.weight', tensor(2, 16)],
      ['qa_outputs.weight', tensor(2, 16)],
    ]),
}

function apart(a: Outcome, b: Outcome): number {
  const [first, second] = [a, b].map(({ logits, words }) => [...logits, ...words]) as [number[], number[]]
  return Math.max(...first.map((value, i) => Math.abs(value - (second[i] ?? Infinity)) / Math.max(1, Math.abs(value))))
}

test.each(Object.keys(BASES))('%s', async (modelType) => {
  const config = BASES[modelType]!
  const drawn = drawnTensors(config, CLASSES, 5)
  const wanted = outcomeOf(config, drawn, TEXTS, AT, WORDS)
  const { prefix } = architectures[modelType]!
  for (const [form, change] of Object.entries(FORMS)) {
    const directory = writeCheckpoint(join(root, `${modelType}-${form}`), config, change(drawn, prefix))
    expect(apart(wanted, await labOutcome(directory)), form).toBeLessThan(2e-5)
  }
  // Every other tensor in bf16, and the whole in shards.
  const rounded = new Map([...drawn].map(([name, own], i) => [name, i % 2 === 0 ? own : { ...own, data: own.data.map(asBf16) }]))
  const directory = writeCheckpoint(join(root, `${modelType}-mixed`), config, drawn)
  rmSync(join(directory, 'model.safetensors'))
  const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const entries = [...rounded].map(([name, { shape, data }], i) =>
    i % 2 === 0
      ? ([name, { dtype: 'F32' as const, shape, data }] as const)
      : ([name, { dtype: 'BF16' as const, shape, data: new Uint8Array(Uint16Array.from(data, bf16Bits).buffer) }] as const),
  )
  for (const [part, name] of names.entries())
    writeSafetensors(
      join(directory, name),
      entries.filter((_, i) => i % 3 === part || (part === 1 && i % 3 === 2)),
    )
  const map = Object.fromEntries(entries.map(([name], i) => [name, names[i % 3 === 0 ? 0 : 1]]))
  writeFileSync(join(directory, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }))
  expect(apart(outcomeOf(config, rounded, TEXTS, AT, WORDS), await labOutcome(directory)), 'mixed').toBeLessThan(2e-5)
})

const bits = new DataView(new ArrayBuffer(4))

/** The upper half of a float. */
function bf16Bits(value: number): number {
  bits.setFloat32(0, value)
  return bits.getUint16(0)
}

function asBf16(value: number): number {
  bits.setUint32(0, bf16Bits(value) * 2 ** 16)
  return bits.getFloat32(0)
}
