import { describe, expect, test } from 'vitest'
import { decodeAll } from '#main/wire/coded-direction.ts'
import { type Combination, lowestLayer } from '#main/training/directions/combination.ts'
import { noiseKey } from '#main/training/directions/meaning.ts'
import { alongBasis, seeded, updateBytes } from '../wire/terms.ts'
import { combine, dot, gramSchmidt, outside } from './directions/brute-force.ts'
import { type Tiny, coded, directionBytes, distance, openTiny, randomVector } from './tiny.ts'

const LORA = { kind: 'lora' as const, rank: 2, alpha: 4, targets: ['query', 'value'] }

/** A replica with coded directions in its pool, and what they decode to. */
function opened(count: number, of: (j: number, size: number) => Float32Array = (j, size) => randomVector(size, 4, j)) {
  const tiny = openTiny(LORA)
  const { layout, replica } = tiny
  const directions = Array.from({ length: count }, (_, j) => of(j, layout.size))
  for (const direction of directions) replica.receive(directionBytes(layout, direction, 4))
  return { tiny, decoded: directions.map((direction) => decodeAll(coded(layout, direction, 4), layout.size)) }
}

/** The basis by brute force: each layer's part of the directions, zero elsewhere, put through Gram-Schmidt on its own. */
function blocksOf({ layout }: Tiny, decoded: readonly Float32Array[]): Float64Array[][] {
  return layout.byLayer.map((parameters) => {
    const [first, last] = [parameters[0]!, parameters.at(-1)!]
    return gramSchmidt(
      decoded.map((vector) => Float64Array.from(vector, (x, i) => (i >= first.offset && i < last.offset + last.size ? x : 0))),
    )
  })
}

/** The bases of all layers, layer by layer. */
function layerBases({ replica }: Tiny): Combination[] {
  return replica.meanings(Array.from({ length: replica.basisSize(true) }, (_, index) => ({ kind: 'basis', index, layerwise: true })))
}

/** Combinations written out as vectors, by the combiner that sweeps use. */
function written({ layout, replica, arena }: Tiny, direction: Parameters<Tiny['replica']['combiner']['add']>[0]): Float32Array {
  const mark = arena.mark()
  const vector = arena.floats(layout.size).fill(0)
  layout.byLayer.forEach((parameters, layer) => {
    replica.combiner.beginLayer(layer)
    for (const p of parameters) replica.combiner.add(direction, p, vector.subarray(p.offset, p.offset + p.size), 1)
  })
  arena.release(mark)
  return vector.slice()
}

describe('guided directions of each layer alone', () => {
  test('are orthonormal, each zero outside its layer, and span each layer of every direction', () => {
    const { tiny, decoded } = opened(3)
    const vectors = layerBases(tiny).map((direction) => written(tiny, direction))
    expect(vectors.length).toBe(3 * tiny.layout.byLayer.length)
    vectors.forEach((u, k) => vectors.forEach((v, l) => expect(Math.abs(dot(u, v) - (k === l ? 1 : 0))).toBeLessThan(1e-6)))
    const expected = blocksOf(tiny, decoded).flat()
    vectors.forEach((u, k) => expect(distance(u, expected[k]!)).toBeLessThan(1e-6))
    for (const s of decoded) expect(Math.sqrt(dot(outside(s, vectors), outside(s, vectors)))).toBeLessThan(1e-5 * Math.sqrt(dot(s, s)))
  })

  test('are fewer in a layer where directions coincide or are zero', () => {
    const { layout } = openTiny(LORA)
    const [, second] = layout.byLayer
    const { tiny } = opened(3, (j, size) => {
      const vector = randomVector(size, 7, j)
      // In the second layer the last two are the same; the head's part of all is zero.
      const same = randomVector(size, 7, 1)
      for (const { offset, size: n } of second!) vector.set(same.subarray(offset, offset + n), offset)
      if (j === 0) for (const { offset, size: n } of second!) vector.set(randomVector(n, 8), offset)
      for (const { offset, size: n } of layout.byLayer[2]!) vector.fill(0, offset, offset + n)
      return vector
    })
    const layers = layerBases(tiny).map((direction) => lowestLayer(layout, direction))
    expect(layers).toEqual([0, 0, 0, 1, 1])
    expect(openTiny(LORA).replica.basisSize(true)).toBe(0)
  })

  test.each([false, true])('an update goes along what its coefficients name, layer by layer (random part projected: %s)', (project) => {
    const { tiny, decoded } = opened(3)
    const blocks = blocksOf(tiny, decoded)
    const { layout, arena, kernels, replica } = tiny
    const coefficients = Float32Array.from(blocks.flat(), (_, k) => Math.sin(k + 1))
    const z = arena.floats(layout.size).fill(0)
    kernels.addGaussian(arena.offsetOf(z), layout.size, 1, noiseKey(7, 3, 2, 0), 0)
    const random = project ? outside(z, blocks.flat()) : z
    const gradient = combine([...coefficients, 0.25], [...blocks.flat(), random], layout.size)
    const reference = openTiny(LORA).replica
    reference.descend(Float32Array.from(gradient), 0.01)
    const before = replica.values.slice()
    const own = seeded(2, 3, [0.25], { layerwise: true, projected: project })
    replica.apply(updateBytes(3, 0.01, [...alongBasis(coefficients, { layerwise: true }), ...own]))
    expect(distance(replica.values, reference.values)).toBeLessThan(2e-5)
    expect(distance(replica.values, before)).toBeGreaterThan(0.005)
  })

  test('a random direction without its part in them is orthogonal to each', () => {
    const { tiny, decoded } = opened(2)
    const { layout, replica, arena, kernels } = tiny
    const key = noiseKey(7, 1, 0, 0)
    const z = arena.floats(layout.size).fill(0)
    kernels.addGaussian(arena.offsetOf(z), layout.size, 1, key, 0)
    const expected = outside(z, blocksOf(tiny, decoded).flat())
    const projected = { kind: 'seeded', owner: 0, round: 1, index: 0, projected: true } as const
    const [layerwise, whole] = replica.meanings([{ ...projected, layerwise: true }, projected])
    expect(distance(written(tiny, layerwise!), expected)).toBeLessThan(2e-6)
    expect(distance(written(tiny, whole!), expected)).toBeGreaterThan(1e-3)
  })
})
