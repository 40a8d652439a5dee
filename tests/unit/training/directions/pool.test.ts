import { describe, expect, test } from 'vitest'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { decodeAll } from '#main/wire/coded-direction.ts'
import type { Bits } from '#main/wire/quantise.ts'
import { DirectionPool } from '#main/training/directions/pool.ts'
import { type ParameterLayout } from '#main/training/parameters.ts'
import { coded, distance, kernelBytes, openTiny, randomVector } from '../tiny.ts'
import { combine, dot, gramSchmidt } from './brute-force.ts'

const { layout } = openTiny({ kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'value'] })

function emptyPool(of: ParameterLayout, capacity: number) {
  const arena = new Arena(DirectionPool.bytes(of, capacity) + Arena.sizeOf(4 * of.size))
  return { pool: new DirectionPool(of, capacity, arena, loadKernels(arena.memory, kernelBytes)), arena }
}

/** A pool of these directions as coded, and what they decode to. */
function pooled(directions: readonly Float32Array[], capacity: number, bits: Bits, of: ParameterLayout = layout) {
  const { pool, arena } = emptyPool(of, capacity)
  const codes = directions.map((direction) => coded(of, direction, bits))
  for (const code of codes) pool.push(code)
  return { pool, arena, decoded: codes.slice(-capacity).map((code) => decodeAll(code, of.size)) }
}

const random = (count: number, seed: number): Float32Array[] =>
  Array.from({ length: count }, (_, j) => randomVector(layout.size, seed, j).map((x) => x * 10 ** (j - 2)))

describe('the basis of a pool', () => {
  test.each([1, 2, 4, 16, 32] as const)('equals Gram-Schmidt on the decoded directions (%i bits)', (bits) => {
    for (const [count, capacity] of [
      [1, 4],
      [3, 4],
      [4, 4],
      [8, 8],
    ] as const) {
      const { pool, decoded } = pooled(random(count, bits), capacity, bits)
      const expected = gramSchmidt(decoded)
      const found = pool.basis().map((row) => combine(row, decoded, layout.size))
      expect(found.length).toBe(count)
      found.forEach((u, k) => expect(distance(u, expected[k]!)).toBeLessThan(1e-9))
    }
  })

  test('is orthonormal also where directions nearly coincide', () => {
    const first = randomVector(layout.size, 1)
    const near = [0, 1, 2, 3].map((j) => {
      const other = randomVector(layout.size, 2, j)
      return first.map((x, i) => x + 0.01 * other[i]!)
    })
    const { pool, decoded } = pooled(near, 4, 32)
    const vectors = pool.basis().map((row) => combine(row, decoded, layout.size))
    expect(vectors.length).toBe(4)
    vectors.forEach((u, k) => vectors.forEach((v, l) => expect(Math.abs(dot(u, v) - (k === l ? 1 : 0))).toBeLessThan(1e-8)))
  })

  test('starts with the newest direction', () => {
    const { pool } = pooled(random(3, 5), 4, 32)
    const [first] = pool.basis()
    expect([first![0], first![1]]).toEqual([0, 0])
    expect(first![2]).toBeGreaterThan(0)
  })

  test('drops duplicates, multiples, sums of others and zero', () => {
    const [a, b] = [randomVector(layout.size, 3), randomVector(layout.size, 4)]
    const sum = a.map((x, i) => 2 * x - b[i]!)
    expect(pooled([a, a], 4, 4).pool.basis().length).toBe(1)
    expect(pooled([a, a.map((x) => -3 * x)], 4, 32).pool.basis().length).toBe(1)
    expect(pooled([a, b, sum], 4, 32).pool.basis().length).toBe(2)
    expect(pooled([a, new Float32Array(layout.size), b], 4, 4).pool.basis().length).toBe(2)
    expect(pooled([new Float32Array(layout.size)], 4, 4).pool.basis()).toEqual([])
    expect(emptyPool(layout, 4).pool.basis()).toEqual([])
    expect(emptyPool(layout, 0).pool.basis()).toEqual([])
  })

  test('keeps a residual just above one thousandth and drops one just below', () => {
    const a = new Float32Array(layout.size)
    a[0] = 1
    const tilted = (residual: number): Float32Array => {
      const b = a.slice()
      b[1] = residual
      return b
    }
    expect(pooled([tilted(1.2e-3), a], 4, 32).pool.basis().length).toBe(2)
    expect(pooled([tilted(0.8e-3), a], 4, 32).pool.basis().length).toBe(1)
  })
})

describe('a full pool', () => {
  test('forgets its oldest direction first', () => {
    const directions = random(7, 9)
    const { pool, arena, decoded } = pooled(directions, 3, 8)
    expect(pool.count).toBe(3)
    layout.parameters.forEach(({ offset, size }, parameter) => {
      for (let j = 0; j < 3; j++) {
        const mark = arena.mark()
        const out = arena.floats(size)
        pool.decode(j, parameter, out)
        arena.release(mark)
        expect(new Float32Array(out)).toEqual(decodeAll(coded(layout, directions[4 + j]!, 8), layout.size).slice(offset, offset + size))
      }
    })
    const expected = gramSchmidt(decoded)
    pool.basis().forEach((row, k) => expect(distance(combine(row, decoded, layout.size), expected[k]!)).toBeLessThan(1e-9))
  })

  test('has the basis of a new pool of the same directions, to the last bit', () => {
    const directions = random(6, 11)
    const old = pooled(directions, 4, 4).pool
    const fresh = pooled(directions.slice(2), 4, 4).pool
    expect(old.basis()).toEqual(fresh.basis())
  })
})
