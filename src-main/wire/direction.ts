/**
 * A direction in the space of the trained parameters, as a value. Everybody who has the same messages makes the same vector of it
 * (training/directions/meaning.ts), so the vector itself never travels. A new kind is a type and a code here, how phones are asked for it in
 * direction-request.ts, and what it means.
 */

export type Direction = (Basis | Received | Seeded | FromSet) & Modifiers
export type DirectionKind = Direction['kind']

/** u_index of the orthonormal basis that the pool spans, newest first. */
interface Basis {
  readonly kind: 'basis'
  readonly index: number
}

/** A direction of the pool as it came from the cloud, newest first. */
interface Received {
  readonly kind: 'received'
  readonly index: number
}

/** Random: z(owner, round, index), and of `candidates` such ones that which is most like the last update. */
interface Seeded {
  readonly kind: 'seeded'
  readonly owner: Owner
  readonly round: number
  /** @default 1 */
  readonly candidates?: number
  readonly index: number
}

/** Random, and the same in every round. */
interface FromSet {
  readonly kind: 'from-set'
  readonly index: number
}

/** A phone's index in the fleet, or all phones alike. */
export type Owner = number | 'everybody'

interface Modifiers {
  /**
   * The subspace that it belongs to, or that its part is taken away in, is spanned by each layer's part of the pool alone: layer by layer, a
   * basis that is zero in all other layers. @default the one of whole directions
   */
  readonly layerwise?: boolean
  /** Its part in the guided subspace is taken away. @default false */
  readonly projected?: boolean
  /** Normal multiples of the pool's directions are added, drawn from the key of the direction. @default false */
  readonly mixture?: boolean
}

/** A direction times a number. */
export interface Term {
  readonly direction: Direction
  readonly coefficient: number
}

/** How a kind is told on the wire: by its numbers beside the index and the modifiers. */
interface DirectionCode {
  readonly kind: DirectionKind
  readonly numbersOf: (direction: Direction) => readonly number[]
  /** Those that a first run is compared with. */
  readonly usual: (round: number) => readonly number[]
  readonly of: (numbers: readonly number[], index: number) => Direction
}

const NO_NUMBERS = { numbersOf: () => [], usual: () => [] }

/** A direction's code is its place here. */
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

/** A modifier's code is its place here. */
export const MODIFIERS = ['layerwise', 'projected', 'mixture'] as const satisfies readonly (keyof Modifiers)[]
