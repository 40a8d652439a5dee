/**
 * What directions mean: combinations of the pool's directions and of noise that everybody draws alike from seeds. Probes and updates both come
 * from here, so that what is applied is what was probed.
 */
import type { Direction, Owner, Term } from '#main/wire/direction.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { type Key, Stream, deriveKey } from '#shared/random/counter.ts'
import { type Combination, projectedOff } from './combination.ts'

type Noise = { readonly key: Key; readonly weight: number }[]

/** What directions are made of. */
export interface Space {
  readonly seed: number
  /** Blocks, and one for the head. */
  readonly layers: number
  /** Rows of coefficients of the pool's directions, oldest first, as DirectionPool has them. */
  readonly pool: { readonly count: number; basis(): Float64Array[]; blockBases(): Float64Array[][] }
  /** Of several random directions the one that is most like the last update. */
  likeliest(keys: readonly Key[]): Key
  /** Per layer and direction of the pool, the product of its part in the layer with noise. */
  noiseProducts(noise: Combination['noise']): Float64Array[]
}

/** What one direction has of the pool, as coefficients of its directions, and the key of its noise. */
interface Parts {
  readonly row?: Float64Array | undefined
  /** The only layer in which the row counts. @default it counts in all */
  readonly layer?: number
  readonly key?: Key
}

/** A new kind of direction is a case here, beside its type and code in wire/direction.ts. */
function partsOf(direction: Direction, space: Space, bases: Bases): Parts {
  const { seed, pool } = space
  switch (direction.kind) {
    case 'basis':
      return existing((direction.layerwise ? bases.layerRows[direction.index] : { row: bases.whole[direction.index] }) ?? {}, direction)
    case 'received':
      return existing({ row: unit(pool.count, pool.count - 1 - direction.index) }, direction)
    case 'seeded': {
      const { owner, round, index, candidates = 1 } = direction
      const keys = Array.from({ length: candidates }, (_, c) => noiseKey(seed, round, owner, index * candidates + c))
      const key = candidates === 1 ? keys[0]! : space.likeliest(keys)
      return direction.mixture ? { key, row: normals(pool.count, deriveKey(seed, 'mixture', round, ownerPart(owner), index)) } : { key }
    }
    case 'from-set':
      return { key: seedKey(seed, direction.index) }
  }
}

/** Each direction by itself. */
export function meanings(directions: readonly Direction[], space: Space): Combination[] {
  const bases = new Bases(space.pool)
  return directions.map((direction) => combined([{ direction, coefficient: 1 }], space, bases))
}

/** The sum of the terms. @throws FrameError for a direction of the pool that isn't there */
export function combined(terms: readonly Term[], space: Space, bases = new Bases(space.pool)): Combination {
  const { pool, layers } = space
  const weights = Array.from({ length: layers }, (): Float64Array => new Float64Array(pool.count))
  const noise: Noise = []
  const projected = { whole: [] as Noise, layerwise: [] as Noise }
  for (const { direction, coefficient } of terms) {
    const { row, layer, key } = partsOf(direction, space, bases)
    for (const own of layer === undefined ? weights : [weights[layer]!]) row?.forEach((t, j) => (own[j] = own[j]! + coefficient * t))
    if (!key) continue
    noise.push({ key, weight: coefficient })
    if (direction.projected) projected[direction.layerwise ? 'layerwise' : 'whole'].push({ key, weight: coefficient })
  }
  // What all projected noise has in the subspace is taken away at once.
  if (pool.count > 0 && projected.whole.length > 0) {
    const off = projectedOff(bases.whole, space.noiseProducts(projected.whole).reduce(plus))
    weights.forEach((own, layer) => (weights[layer] = plus(own, off)))
  }
  if (pool.count > 0 && projected.layerwise.length > 0) {
    const products = space.noiseProducts(projected.layerwise)
    weights.forEach((own, layer) => (weights[layer] = plus(own, projectedOff(bases.layerwise[layer]!, products[layer]!))))
  }
  return { pool: weights, noise }
}

/** How many basis directions there are. */
export function basisSize(pool: Space['pool'], layerwise: boolean): number {
  return layerwise ? pool.blockBases().flat().length : pool.basis().length
}

/** In place of a phone's index, in keys of the directions that all phones probe. */
const EVERYBODY = 0xffff_ffff

/** Key of the random direction `index` of a phone in a round. */
export function noiseKey(seed: number, round: number, owner: Owner, index: number): Key {
  return deriveKey(seed, 'noise', round, ownerPart(owner), index)
}

/** Key of the random direction `index` of those that are the same in every round. */
export function seedKey(seed: number, index: number): Key {
  return deriveKey(seed, 'seed', index)
}

function ownerPart(owner: Owner): number {
  return owner === 'everybody' ? EVERYBODY : owner
}

/** The orthonormal bases of the guided subspace, each made once it is needed. */
class Bases {
  private readonly pool: Space['pool']
  private ofAll: Float64Array[] | undefined
  private ofLayers: Float64Array[][] | undefined
  private rows: Parts[] | undefined

  constructor(pool: Space['pool']) {
    this.pool = pool
  }

  get whole(): readonly Float64Array[] {
    return (this.ofAll ??= this.pool.basis())
  }

  get layerwise(): readonly Float64Array[][] {
    return (this.ofLayers ??= this.pool.blockBases())
  }

  /** The rows of the layers' bases one after the other, layer by layer. */
  get layerRows(): readonly Parts[] {
    return (this.rows ??= this.layerwise.flatMap((basis, layer) => basis.map((row): Parts => ({ row, layer }))))
  }
}

/** The coefficients of one direction of `count` alone. */
function unit(count: number, place: number): Float64Array | undefined {
  return place < 0 ? undefined : new Float64Array(count).fill(1, place, place + 1)
}

function existing(parts: Parts, { kind, index }: Direction): Parts {
  if (parts.row === undefined) throw new FrameError(`there is no direction ${index} of kind ${kind}: too few came from the cloud`)
  return parts
}

function normals(count: number, key: Key): Float64Array {
  const stream = new Stream(key)
  return Float64Array.from({ length: count }, () => stream.normal())
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x + b[i]!)
}
