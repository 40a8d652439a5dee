import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSafetensors } from '../../../src-main/models/safetensors/read.ts'
import { type Workspace, checkpoint, jsonOf, oracle, oracleRows, runCli, workspace } from './run-cli.ts'

interface Report {
  readonly rows: number
  readonly loss: number
  readonly accuracy: number
  readonly tensors: number
  readonly parameters: number
  readonly norm: number
  readonly fresh: string[]
  readonly out: string
}

type Gradients = Map<string, { shape: readonly number[]; values: Float32Array }>

let folder: Workspace
beforeAll(() => {
  folder = workspace()
  checkpoint(folder, 'tiny')
  folder.file('rows.tsv', `${oracleRows().join('\n')}\n`)
})
afterAll(() => folder[Symbol.dispose]())

/** Runs `grad` and reads what it wrote. */
async function gradients(
  model: string,
  ...words: string[]
): Promise<{ report: Report; gradients: Gradients; metadata: ReadonlyMap<string, string> }> {
  const out = `${[model, ...words].join('').replace(/\W/g, '')}.safetensors`
  const report = jsonOf<Report>(await runCli(folder.directory, ['grad', '--model', model, ...words, '--out', out, '--json']))
  expect(report.out).toBe(folder.path(out))
  using file = openSafetensors(folder.path(out))
  const read = [...file.tensors].map(([name, { dtype, shape, byteLength }]) => {
    expect(dtype).toBe('F32')
    const values = new Float32Array(byteLength / 4)
    file.readFloats(name, values)
    return [name, { shape, values }] as const
  })
  return { report, gradients: new Map(read), metadata: file.metadata }
}

function length(values: ArrayLike<number>): number {
  return Math.hypot(...Array.from(values))
}

/**
 * |found - expected| / |expected|. A key's bias shifts all scores of a query alike, so its true gradient is 0 and what is left is
 * rounding: the divisor is at least 0.1 % of the whole gradient's length.
 */
function distance(found: Float32Array, expected: ArrayLike<number>, whole: number): number {
  return length(found.map((value, i) => value - expected[i]!)) / Math.max(length(expected), 1e-3 * whole)
}

describe('grad', () => {
  test('gives every gradient that PyTorch gives, under the same names', async () => {
    const { report, gradients: found, metadata } = await gradients('tiny', '--data', 'rows.tsv', '--rows', '4')
    const { gradients: expected, loss } = oracle.classification
    expect([...found.keys()].sort()).toEqual(Object.keys(expected).sort())
    const whole = length(Object.values(expected).flatMap(({ data }) => data))
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(found.get(name)!.shape, name).toEqual(shape)
      expect(distance(found.get(name)!.values, data, whole), name).toBeLessThan(1e-4)
    }
    expect(report).toMatchObject({ rows: 4, tensors: Object.keys(expected).length, accuracy: 0.5, fresh: [] })
    expect(report.parameters).toBe(Object.values(expected).reduce((sum, { data }) => sum + data.length, 0))
    expect(report.loss).toBeCloseTo(loss, 5)
    expect(report.norm / whole).toBeCloseTo(1, 5)
    expect(metadata.get('format')).toBe('pt')
    expect(metadata.get('rows')).toBe('4')
    expect(Number(metadata.get('loss'))).toBe(report.loss)
  })

  test('gives for a float16 checkpoint exactly what the same numbers in float32 give, and nearly what PyTorch gives before rounding', async () => {
    checkpoint(folder, 'half', { from: 'bert-tiny-fp16' })
    checkpoint(folder, 'widened', { from: 'bert-tiny-fp16', widen: true })
    const [half, widened] = await Promise.all(['half', 'widened'].map((model) => gradients(model, '--data', 'rows.tsv', '--rows', '4')))
    expect(half!.gradients).toEqual(widened!.gradients)
    expect(half!.report.loss).toBeCloseTo(oracle.halfPrecision.loss, 5)
    const whole = half!.report.norm
    for (const [name, { data }] of Object.entries(oracle.classification.gradients)) {
      expect(distance(half!.gradients.get(name)!.values, data, whole), name).toBeLessThan(5e-3)
    }
  })

  test('is the mean over all rows however they are computed', async () => {
    // 36 rows are more than one pass takes; lengths and labels are mixed, so equal weights for unequal parts would show.
    const words = (row: number): string => Array.from({ length: 1 + (row % 7) }, (_, k) => `w${5 + ((row * 7 + k * 3) % 55)}`).join(' ')
    const lines = Array.from({ length: 36 }, (_, row) => `${words(row)}\t${['low', 'middle', 'high'][row % 3]}`)
    folder.file('many.tsv', `${lines.join('\n')}\n`)
    const [large, small] = await Promise.all([
      gradients('tiny', '--data', 'many.tsv', '--rows', '35'),
      gradients('tiny', '--data', 'many.tsv', '--rows', '35', '--batch', '4'),
    ])
    expect(large.report.rows).toBe(35)
    expect(small.report.loss).toBeCloseTo(large.report.loss, 6)
    for (const [name, { values }] of small.gradients) {
      expect(distance(large.gradients.get(name)!.values, values, large.report.norm), name).toBeLessThan(1e-5)
    }
  })

  test('uses the names of the checkpoint: a bare encoder, early normalisation names, a head drawn from the seed', async () => {
    const early = (name: string): string => name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')
    const rename = (name: string): string | null => (name.startsWith('bert.') ? early(name.slice('bert.'.length)) : null)
    checkpoint(folder, 'bare', { rename })
    const { report, gradients: found } = await gradients('bare', '--data', 'rows.tsv', '--rows', '4')
    const encoder = Object.keys(oracle.classification.gradients).flatMap((name) => rename(name) ?? [])
    expect([...found.keys()].sort()).toEqual([...encoder, 'classifier.bias', 'classifier.weight'].sort())
    expect(report.fresh).toEqual(['classifier.weight', 'classifier.bias'])
    expect(length(found.get('embeddings.word_embeddings.weight')!.values)).toBeGreaterThan(0)
  })

  test('leaves only the file it was asked for', () => {
    expect(readdirSync(folder.directory).filter((name) => name.includes('partial'))).toEqual([])
  })
})
