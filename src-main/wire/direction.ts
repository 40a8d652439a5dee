/**
 * The name of a direction in the space of the trained parameters. Everybody who has the same messages makes the same vector from it
 * (training/directions/meaning.ts), so the vector itself never travels. A new kind needs a type and a code here, a request in direction-request.ts,
 * and its vector in meaning.ts.
 */

export type Direction = (Basis | Received | Seeded | FromSet) & Modifiers
export type DirectionKind = Direction['kind']

/** u_index of the orthonormal basis that the pool spans; the newest direction of the pool comes first. */
interface Basis {
  readonly kind: 'basis'
  readonly index: number
}

/** A direction of the pool as it came from the cloud; index 0 is the newest. */
interface Received {
  readonly kind: 'received'
  readonly index: number
}

/** A random direction z(owner, round, index); of several candidates, the one whose cosine with the last update has the largest absolute value. */
interface Seeded {
  readonly kind: 'seeded'
  readonly owner: Owner
  readonly round: number
  /** The number of random directions to choose from. @default 1 */
  readonly candidates?: number
  readonly index: number
}

/** A random direction that is the same in every round. */
interface FromSet {
  readonly kind: 'from-set'
  readonly index: number
}

/** Who probes a random direction: the phone of an index, or all phones. */
export type Owner = number | 'everybody'

interface Modifiers {
  /**
   * True if the guided subspace is that of layers: each layer's part of the pool spans a basis of its own, which is zero in all other layers.
   * @default false: whole directions span it
   */
  readonly layerwise?: boolean
  /** True if the component in the guided subspace is taken away. @default false */
  readonly projected?: boolean
  /** True if random multiples of the pool's directions are added, which are normal and drawn from the key of the direction. @default false */
  readonly mixture?: boolean
}

/** A direction and its coefficient. */
export interface Term {
  readonly direction: Direction
  readonly coefficient: number
}

/** The wire format of one kind: its numbers beside the index and the modifiers. */
interface DirectionCode {
  readonly kind: DirectionKind
  readonly numbersOf: (direction: Direction) => readonly number[]
  /** Returns the numbers that the first run of the kind is coded as a difference from. */
  readonly usual: (round: number) => readonly number[]
  readonly of: (numbers: readonly number[], index: number) => Direction
}

const NO_NUMBERS = { numbersOf: () => [], usual: () => [] }

/** The kinds of directions; the code of a kind is its index in this list, so the order must not change. */
export const DIRECTION_CODES: readonly DirectionCode[] = [
  { kind: 'basis', ...NO_NUMBERS, of: (_, index) => ({ kind: 'basis', index }) },
  { kind: 'received', ...NO_NUMBERS, of: (_, index) => ({ kind: 'received', index }) },
  {
    kind: 'seeded',
    numbersOf: (direction) => {
      if (direction.kind !== 'seeded') return []
      const { owner, round, candidates = 1 } = direction
      return [owner === 'everybody' ? 0 : owner + 1, round, candidates]
    },
    usual: (round) => [0, round, 1],
    of: ([owner, round, candidates], index) => ({
      kind: 'seeded',
      owner: owner === 0 ? 'everybody' : owner! - 1,
      round: round!,
      ...(candidates === 1 ? {} : { candidates: candidates! }),
      index,
    }),
  },
  { kind: 'from-set', ...NO_NUMBERS, of: (_, index) => ({ kind: 'from-set', index }) },
]

/** The modifiers; the bit of a modifier is its index in this list, so the order must not change. */
export const MODIFIERS = ['layerwise', 'projected', 'mixture'] as const satisfies readonly (keyof Modifiers)[]
