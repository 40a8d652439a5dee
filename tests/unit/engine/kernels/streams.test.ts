import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Key } from '#shared/random/counter.ts'
import { loaded, noise } from './loaded.ts'
import { gaussianAt, rademacherAt } from './reference.ts'

const kinds = ['gaussian', 'rademacher'] as const
const key: Key = [0x12345678, 0x9abcdef0]

describe.each(kinds)('the %s stream', (kind) => {
  const at = kind === 'gaussian' ? gaussianAt : rademacherAt

  it('follows its definition in double precision to 2e-6', () => {
    const engine = loaded(1 << 20)
    for (const [k, offset] of [
      [key, 0],
      [[0, 0], 77],
      [[0xffffffff, 1], 2 ** 32 - 500],
      [[7, 0xffffffff], 2 ** 33 - 1000],
    ] as const) {
      const z = noise(engine, kind, k, offset, 1000)
      for (let i = 0; i < 1000; i++) expect(Math.abs(z[i]! - at(k, offset + i))).toBeLessThan(2e-6)
    }
  })

  it('gives bit-identical numbers from any offset and for any length', () => {
    const engine = loaded(1 << 20)
    const whole = noise(engine, kind, key, 0, 700)
    const mark = engine.arena.mark()
    for (let offset = 0; offset < 150; offset++) {
      for (let n = 0; n <= 67; n++) {
        expect(noise(engine, kind, key, offset, n)).toEqual(whole.slice(offset, offset + n))
        engine.arena.release(mark)
      }
    }
    for (const [offset, n] of [
      [1, 699],
      [127, 300],
      [129, 513],
    ] as const) {
      expect(noise(engine, kind, key, offset, n)).toEqual(whole.slice(offset, offset + n))
    }
  })

  it('writes nothing outside its slice, at any alignment', () => {
    const { arena, kernels } = loaded(1 << 20)
    const p = arena.floats(600).fill(3)
    const add = kind === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
    for (const start of [0, 1, 2, 3, 130]) {
      for (const n of [0, 1, 3, 8, 67, 256, 300]) {
        p.fill(3)
        add(arena.offsetOf(p) + 4 * start, n, 0.5, key, 13)
        const expected = new Float32Array(600).fill(3)
        for (let i = 0; i < n; i++) expected[start + i] = 3 + 0.5 * at(key, 13 + i)
        const wrong = p.findIndex((x, i) => !(Math.abs(x - expected[i]!) <= (i >= start && i < start + n ? 2e-6 : 0)))
        expect({ start, n, wrong }).toEqual({ start, n, wrong: -1 })
      }
    }
  })

  it('adds the same whether the range is split or not, scale and all', () => {
    const { arena, kernels } = loaded(1 << 20)
    const add = kind === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
    const [p, q] = [arena.floats(500), arena.floats(500)]
    for (const cut of [1, 2, 63, 64, 65, 127, 128, 250, 499]) {
      for (let i = 0; i < 500; i++) p[i] = q[i] = Math.sin(i)
      add(arena.offsetOf(p), 500, 1e-2, key, 91)
      add(arena.offsetOf(q), cut, 1e-2, key, 91)
      add(arena.offsetOf(q) + 4 * cut, 500 - cut, 1e-2, key, 91 + cut)
      expect(q).toEqual(p)
    }
  })

  it('has the dot product of its own numbers', () => {
    const engine = loaded(1 << 20)
    const p = engine.arena.floats(900)
    for (let i = 0; i < 900; i++) p[i] = Math.cos(3 * i) * 10
    const dot = kind === 'gaussian' ? engine.kernels.dotGaussian : engine.kernels.dotRademacher
    const mark = engine.arena.mark()
    for (const offset of [0, 1, 5, 63, 130]) {
      for (let n = 0; n <= 900; n += n < 68 ? 1 : 83) {
        const z = noise(engine, kind, key, offset, n)
        let expected = 0
        for (let i = 0; i < n; i++) expected += p[i]! * z[i]!
        expect(dot(engine.arena.offsetOf(p), n, key, offset)).toBeCloseTo(expected, 10)
        engine.arena.release(mark)
      }
    }
  })

  it('refuses offsets it has no numbers for', () => {
    const { kernels } = loaded(1 << 16)
    const add = kind === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 33 - 3]) expect(() => add(0, 4, 1, key, offset)).toThrow(RangeError)
    expect(() => add(0, 4, 1, key, 2 ** 33 - 4)).not.toThrow()
  })
})

it('is the same on every machine: digests of the first million numbers', () => {
  const engine = loaded(1 << 24)
  const digest = (z: Float32Array<ArrayBuffer>): string =>
    createHash('sha256')
      .update(new Uint8Array(z.buffer, z.byteOffset, z.byteLength))
      .digest('hex')
      .slice(0, 16)
  expect(digest(noise(engine, 'gaussian', key, 0, 1_000_000))).toBe('fa043c663771f3be')
  expect(digest(noise(engine, 'rademacher', key, 0, 1_000_000))).toBe('a4c435dac26d3c13')
})
