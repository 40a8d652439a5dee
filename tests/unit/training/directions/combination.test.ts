import { describe, expect, test } from 'vitest'
import { decodeAll } from '#main/wire/coded-direction.ts'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Combiner, type Distribution, layerSize, projectedOff } from '#main/training/directions/combination.ts'
import { DirectionPool } from '#main/training/directions/pool.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import type { Key } from '#shared/random/counter.ts'
import { coded, distance, kernelBytes, openTiny, randomVector } from '../tiny.ts'
import { combine, dot, gramSchmidt, outside } from './brute-force.ts'

const { layout } = openTiny({ kind: 'lora', rank: 2, alpha: 4, targets: ['query', 'ffn-output'] })

function opened(distribution: Distribution, count: number) {
  const arena = new Arena(Combiner.bytes(layout, 4) + 8 * Arena.sizeOf(4 * layout.size))
  const kernels = loadKernels(arena.memory, kernelBytes)
  const pool = new DirectionPool(layout, 4, arena, kernels)
  const combiner = new Combiner(layout, pool, arena, kernels, distribution)
  const codes = Array.from({ length: count }, (_, j) => coded(layout, randomVector(layout.size, 2, j), 4))
  for (const code of codes) pool.push(code)
  const noise = (key: Key): Float32Array => {
    const z = arena.floats(layout.size).fill(0)
    const add = distribution === 'gaussian' ? kernels.addGaussian : kernels.addRademacher
    add(arena.offsetOf(z), layout.size, 1, key, 0)
    return z
  }
  return { arena, pool, combiner, noise, decoded: codes.map((code) => decodeAll(code, layout.size)) }
}

describe.each(['gaussian', 'rademacher'] as const)('a combination with %s noise', (distribution) => {
  const { arena, combiner, noise, decoded } = opened(distribution, 3)
  const keys = [noiseKey(1, 2, 3, 0), noiseKey(1, 2, 3, 1)]
  const zs = keys.map(noise)
  const combination = {
    pool: Float64Array.of(0.4, 0, -1.1),
    noise: keys.map((key, i) => ({ key, weight: [0.7, -0.2][i]! })),
  }

  test('added tensor by tensor equals the sum of its vectors', () => {
    const start = randomVector(layout.size, 8)
    const target = arena.floats(layout.size)
    target.set(start)
    // Layers in any order: a tensor depends on its own layer only.
    for (const layer of [2, 0, 1]) {
      combiner.beginLayer(layer)
      for (const parameter of layout.byLayer[layer]!) {
        combiner.add(combination, parameter, target.subarray(parameter.offset, parameter.offset + parameter.size), 0.5)
      }
    }
    const expected = combine([0.5 * 0.4, 0, 0.5 * -1.1, 0.5 * 0.7, 0.5 * -0.2], [...decoded, ...zs], layout.size)
    expect(
      distance(
        target,
        expected.map((x, i) => x + start[i]!),
      ),
    ).toBeLessThan(1e-5)
    expect(distance(target, start)).toBeGreaterThan(0.1)
  })

  test("gives each pool direction's product with the noise", () => {
    const products = new Float64Array(3)
    layout.byLayer.forEach((parameters, layer) => {
      combiner.beginLayer(layer)
      for (const parameter of parameters) combiner.dotNoise(keys[0]!, parameter).forEach((x, j) => (products[j]! += x))
    })
    products.forEach((product, j) => expect(Math.abs(product - dot(decoded[j]!, zs[0]!))).toBeLessThan(1e-8))
  })

  test('projected off leaves nothing along the subspace and the rest as it was', () => {
    const { pool } = opened(distribution, 3)
    const products = Float64Array.from(decoded, (s) => dot(s, zs[0]!))
    const left = combine([...projectedOff(pool.basis(), products), 1], [...decoded, zs[0]!], layout.size)
    const basis = gramSchmidt(decoded)
    for (const u of basis) expect(Math.abs(dot(u, left))).toBeLessThan(1e-9)
    expect(distance(left, outside(zs[0]!, basis))).toBeLessThan(1e-9)
    expect(basis.some((u) => Math.abs(dot(u, zs[0]!)) > 0.05)).toBe(true)
  })
})

test('nothing is projected off where there is no direction', () => {
  expect(projectedOff([], new Float64Array(0))).toEqual(new Float64Array(0))
})

test('the largest layer sizes the buffers', () => {
  // query: A [2, 16], B [16, 2]; ffn-output: A [2, 32], B [16, 2]; head: [3, 16] and [3].
  expect(layerSize(layout)).toBe(32 + 32 + 64 + 32)
})
