import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { type Checkpoint, openCheckpoint, openFile } from '#main/models/safetensors/checkpoint.ts'
import { partialPath } from '#main/machine/partial-files.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'

const root = join(import.meta.dirname, '../../..')
const tiny = join(root, 'tests/oracles/bert-tiny')
const half = join(root, 'tests/oracles/bert-tiny-fp16')
const directory = mkdtempSync(join(tmpdir(), 'cooperlab-converted-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let cache = ''
let made = 0
beforeEach(() => (cache = join(directory, `cache-${made++}`, 'weights')))

const QUERY = 'bert.encoder.layer.0.attention.self.query.weight'

function floats(checkpoint: Checkpoint, name: string): Float32Array {
  const out = new Float32Array(checkpoint.tensors.get(name)!.shape.reduce((product, d) => product * d, 1))
  checkpoint.readFloats(name, out)
  return out
}

describe('a converted checkpoint', () => {
  test('in int8 has every matrix as integers within half a scale, and everything else byte by byte', () => {
    const { form, file } = frozenWeights(tiny, 'int8', cache)
    expect(form).toBe('int8')
    using source = openCheckpoint(tiny)
    using converted = openFile(file!)
    for (const [name, { shape, dtype }] of source.tensors) {
      const [before, after] = [floats(source, name), floats(converted, name)]
      const isNarrow = shape.length === 2 && name !== 'classifier.weight'
      expect(converted.tensors.get(name)).toMatchObject({ shape, dtype: isNarrow ? 'I8' : dtype })
      if (!isNarrow) expect(after).toEqual(before)
      else {
        const scales = floats(converted, `${name}.scale`)
        before.forEach((w, i) => expect(Math.abs(w - after[i]!)).toBeLessThanOrEqual(scales[Math.floor(i / shape[1]!)]! * 0.5000001))
      }
    }
    // Ranges that begin and end within a row.
    const middle = new Float32Array(40)
    converted.readFloats(QUERY, middle, 5)
    expect(middle).toEqual(floats(converted, QUERY).slice(5, 45))
  })

  test('in fp16 is the recorded half-precision checkpoint where that has matrices', () => {
    using converted = openFile(frozenWeights(tiny, 'fp16', cache).file!)
    using recorded = openCheckpoint(half)
    expect(converted.tensors.get(QUERY)!.dtype).toBe('F16')
    expect(floats(converted, QUERY)).toEqual(floats(recorded, QUERY))
    expect(converted.tensors.get('bert.pooler.dense.bias')!.dtype).toBe('F32')
  })

  test('is not made where the checkpoint is in the form already, nor for fp32', () => {
    expect(frozenWeights(half, 'fp16', cache)).toEqual({ form: 'fp16', file: null })
    expect(frozenWeights(tiny, 'fp32', cache)).toEqual({ form: 'fp32', file: null })
    const asDirectory = join(directory, 'int8-directory')
    mkdirSync(asDirectory)
    copyFileSync(frozenWeights(tiny, 'int8', cache).file!, join(asDirectory, 'model.safetensors'))
    const before = readdirSync(cache)
    expect(frozenWeights(asDirectory, 'int8', cache)).toEqual({ form: 'int8', file: null })
    expect(readdirSync(cache)).toEqual(before)
  })

  test('of integers has no scales left over in another form', () => {
    const asDirectory = join(directory, 'scaled')
    mkdirSync(asDirectory)
    copyFileSync(frozenWeights(tiny, 'int8', cache).file!, join(asDirectory, 'model.safetensors'))
    using source = openCheckpoint(asDirectory)
    using converted = openFile(frozenWeights(asDirectory, 'fp16', cache).file!)
    expect([...converted.tensors.keys()].filter((name) => name.endsWith('.scale'))).toEqual([])
    const [wanted, found] = [floats(source, QUERY), floats(converted, QUERY)]
    wanted.forEach((w, i) => expect(Math.abs(w - found[i]!)).toBeLessThanOrEqual(Math.abs(w) * 2 ** -11))
  })

  test('is found again by content, not by place or name', () => {
    const { file } = frozenWeights(tiny, 'int8', cache)
    const elsewhere = join(directory, 'elsewhere')
    mkdirSync(elsewhere)
    copyFileSync(join(tiny, 'model.safetensors'), join(elsewhere, 'model.safetensors'))
    expect(frozenWeights(elsewhere, 'int8', cache).file).toBe(file)
    const other = new Map([['w', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 2) }]] as const)
    writeSafetensors(join(elsewhere, 'model.safetensors'), other)
    expect(frozenWeights(elsewhere, 'int8', cache).file).not.toBe(file)
    expect(readdirSync(cache)).toHaveLength(2)
  })
})

describe('the cache', () => {
  test.each([
    ['a changed byte', (bytes: Buffer) => bytes.fill(bytes.at(-1000)! ^ 1, bytes.length - 1000, bytes.length - 999)],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['nothing in it', () => Buffer.alloc(0)],
  ])('notices a file with %s and makes it again', (_, damage) => {
    const file = frozenWeights(tiny, 'int8', cache).file!
    const sound = readFileSync(file)
    writeFileSync(file, damage(Buffer.from(sound)))
    expect(frozenWeights(tiny, 'int8', cache).file).toBe(file)
    expect(readFileSync(file).equals(sound)).toBe(true)
    expect(readdirSync(cache)).toHaveLength(1)
  })

  test('has nothing of a conversion that fails half way', () => {
    const broken = join(directory, `broken-${made}`)
    mkdirSync(broken)
    const matrix = (value: number) => ({ dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, value) }) as const
    writeSafetensors(join(broken, 'model.safetensors'), [
      ['first', matrix(2)],
      ['second', matrix(1e6)],
    ])
    expect(() => frozenWeights(broken, 'fp16', cache)).toThrow(/tensor second: the value 1000000; expected numbers up to 65504/)
    expect(readdirSync(cache)).toEqual([])
  })

  test('serves processes that convert at the same moment, and holds one sound file afterwards', async () => {
    const script = `import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
      process.stdout.write(frozenWeights(${JSON.stringify(tiny)}, 'int8', ${JSON.stringify(cache)}).file)`
    const files = await Promise.all(
      [0, 1, 2].map(async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
        let said = ''
        child.stdout.on('data', (text: Buffer) => (said += text.toString()))
        await once(child, 'close')
        return said
      }),
    )
    expect(new Set(files).size).toBe(1)
    expect(readdirSync(cache).map((name) => join(cache, name))).toEqual([files[0]])
    expect(frozenWeights(tiny, 'int8', cache).file).toBe(files[0])
  })

  test('is rid of what a killed process left, not of what a living one writes', () => {
    mkdirSync(cache, { recursive: true })
    const alive = basename(partialPath(join(cache, 'int8-1-abc')))
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const dead = alive.replace(String(process.pid), String(pid))
    for (const name of [dead, `.${dead}${/\.\d+-.*/.exec(dead)![0]}`, alive]) writeFileSync(join(cache, name), 'half')
    frozenWeights(tiny, 'int8', cache)
    expect(readdirSync(cache).filter((name) => name.endsWith('.partial'))).toEqual([alive])
  })

  test('that can not be written is named', () => {
    const blocked = join(directory, 'a-file')
    writeFileSync(blocked, '')
    expect(() => frozenWeights(tiny, 'int8', join(blocked, 'weights'))).toThrow(/converted weights/)
  })
})
