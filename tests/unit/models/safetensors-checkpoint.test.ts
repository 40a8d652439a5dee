import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { InputError } from '#shared/errors/input-error.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'

const root = mkdtempSync(join(tmpdir(), 'checkpoint-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

function freshDirectory(files: Record<string, Record<string, number> | string> = {}): string {
  const directory = join(root, String(folders++))
  mkdirSync(directory)
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    if (typeof content === 'string') writeFileSync(path, content)
    else
      writeSafetensors(
        path,
        Object.entries(content).map(([tensor, x]) => [tensor, { dtype: 'F32', shape: [1], data: Float32Array.of(x) }]),
      )
  }
  return directory
}

const index = (map: Record<string, unknown>): string => JSON.stringify({ metadata: { total_size: 8 }, weight_map: map })

function value(directory: string, name: string): number {
  using checkpoint = openCheckpoint(directory)
  const out = new Float32Array(1)
  checkpoint.readFloats(name, out)
  return out[0]!
}

describe('a checkpoint', () => {
  test('is one file', () => {
    expect(value(freshDirectory({ 'model.safetensors': { a: 1, b: 2 } }), 'b')).toBe(2)
  })

  test('or shards, read alike', () => {
    const directory = freshDirectory({
      'model-00001-of-00002.safetensors': { a: 1, b: 2 },
      'model-00002-of-00002.safetensors': { c: 3 },
      'model.safetensors.index.json': index({
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00001-of-00002.safetensors',
        c: 'model-00002-of-00002.safetensors',
      }),
    })
    expect(['a', 'b', 'c'].map((name) => value(directory, name))).toEqual([1, 2, 3])
    using checkpoint = openCheckpoint(directory)
    expect([...checkpoint.tensors.keys()]).toEqual(['a', 'b', 'c'])
    expect(() => checkpoint.readFloats('d', new Float32Array(1))).toThrow(/no tensor d/)
    checkpoint.close()
    expect(() => checkpoint.readFloats('a', new Float32Array(1))).toThrow(/closed/)
  })

  test.each(['../outside.safetensors', '/etc/passwd', 'a/b.safetensors', 'a\\b.safetensors', 'weights.bin', '', 7])(
    'does not follow the shard name %j',
    (shard) => {
      const directory = freshDirectory({ 'model.safetensors.index.json': index({ a: shard }) })
      writeSafetensors(join(root, 'outside.safetensors'), [])
      expect(() => openCheckpoint(directory)).toThrow(InputError)
      expect(() => openCheckpoint(directory)).not.toThrow(/no such file/)
    },
  )

  test('needs every shard, and every tensor in its shard', () => {
    const map = { a: 'one.safetensors', b: 'two.safetensors' }
    const absent = freshDirectory({ 'one.safetensors': { a: 1 }, 'model.safetensors.index.json': index(map) })
    expect(() => openCheckpoint(absent)).toThrow(/two.safetensors: no such file/)
    const elsewhere = freshDirectory({
      'one.safetensors': { a: 1, b: 2 },
      'two.safetensors': {},
      'model.safetensors.index.json': index(map),
    })
    expect(() => openCheckpoint(elsewhere)).toThrow(/two.safetensors: no tensor b/)
  })

  test.each(['not json', '[]', '{}', '{"weight_map": []}'])('refuses the index %j', (text) => {
    expect(() => openCheckpoint(freshDirectory({ 'model.safetensors.index.json': text }))).toThrow(InputError)
  })

  test('says what to provide where there is none', () => {
    expect(() => openCheckpoint(join(root, 'absent'))).toThrow(
      /no such directory; expected a Hugging Face model directory with model.safetensors/,
    )
    expect(() => openCheckpoint(freshDirectory())).toThrow(/no weights; expected .*model.safetensors/)
    expect(() => openCheckpoint(freshDirectory({ 'pytorch_model.bin': 'PK' }))).toThrow(
      /only as pytorch_model.bin, which is not supported; .* convert/,
    )
  })
})
