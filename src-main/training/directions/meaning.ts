/**
 * Resolves the names of directions: each stands for a combination of the pool's directions and of noise that everybody draws alike from seeds. Probes
 * and updates both come from here, so that updates move along what was probed.
 */
import type { Direction, Owner, Term } from '#main/wire/direction.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { type Key, Stream, deriveKey } from '#shared/random/counter.ts'
import { type Combination, projectedOff } from './combination.ts'

type Noise = { readonly key: Key; readonly weight: number }[]

/** The replica's state that directions are made of. */
export interface Space {
  readonly seed: number
  /** The number of layers: the blocks, and one for the head. */
  readonly layers: number
  /** The pool, whose bases are rows of coefficients of its directions, oldest first, as in DirectionPool. */
  readonly pool: { readonly count: number; basis(): Float64Array[]; blockBases(): Float64Array[][] }
  /** Returns the key of the random direction whose cosine with the last update has the largest absolute value. */
  likeliest(keys: readonly Key[]): Key
  /** Returns, for each layer, the products of the noise with each pool direction's part in the layer. */
  noiseProducts(noise: Combination['noise']): Float64Array[]
}

/** The parts of one direction: coefficients of the pool's directions, and the key of its noise. */
interface Parts {
  readonly row?: Float64Array | undefined
  /** The only layer in which the coefficients count. @default they count in all layers */
  readonly layer?: number
  readonly key?: Key
}

/** Returns the parts of a direction. A new kind of direction is a case here, beside its type and code in wire/direction.ts. */
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

/** Resolves each direction by itself. */
export function meanings(directions: readonly Direction[], space: Space): Combination[] {
  const bases = new Bases(space.pool)
  return directions.map((direction) => combined([{ direction, coefficient: 1 }], space, bases))
}

/** Returns the sum of the terms. @throws FrameError for a direction that the pool doesn't have */
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
  // The component of all projected noise in the subspace is removed at once.
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

/** Returns the number of directions in the basis. */
export function basisSize(pool: Space['pool'], layerwise: boolean): number {
  return layerwise ? pool.blockBases().flat().length : pool.basis().length
}

/** Stands in place of a phone's index in the keys of directions that all phones probe. */
const EVERYBODY = 0xffff_ffff

/** Returns the key of the random direction `index` of a phone in a round. */
export function noiseKey(seed: number, round: number, owner: Owner, index: number): Key {
  return deriveKey(seed, 'noise', round, ownerPart(owner), index)
}

/** Returns the key of the random direction `index` of the set that is the same in every round. */
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

  /** The rows of the layers' bases in one list, layer by layer. */
  get layerRows(): readonly Parts[] {
    return (this.rows ??= this.layerwise.flatMap((basis, layer) => basis.map((row): Parts => ({ row, layer }))))
  }
}

/** Returns coefficients that select one of `count` directions. */
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
