/**
 * A direction in the space of the trained parameters, as a value. Everybody who has the same messages makes the same vector of it
 * (training/directions/meaning.ts), so the vector itself never travels.
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
