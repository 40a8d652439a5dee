/** The whole numbers of an update frame: which directions its coefficients belong to. */

export interface UpdatePlan {
  /** Random directions of each phone. */
  readonly perPhone: number
  /** Random directions that all phones share; their coefficients come first. */
  readonly shared: number
  /** Whether the random directions have no part in the guided subspace. */
  readonly project: boolean
  /** Indices of the phones whose directions follow, in the order of the coefficients; none where `seeds` are given. */
  readonly phones: readonly number[]
  /** The round, by each of `phones`' own count, that its directions belong to. @default the update's */
  readonly rounds?: readonly number[]
  /** Whether the guided coefficients belong to the pool's directions as they came, newest first, and not to the basis they span. */
  readonly asReceived?: boolean
  /** Whether the guided coefficients belong to the basis of each layer alone, layer by layer, and not to that of whole directions. */
  readonly blockwise?: boolean
  /** Each random direction of a phone is that one of so many that is most like the last update. @default 1 */
  readonly candidates?: number
  /** Random directions out of those that are the same in every round, by their index; their coefficients come last. @default none */
  readonly seeds?: readonly number[]
  /** The update goes back to the point that is kept for it, and has no coefficients. */
  readonly takeBack?: boolean
  /** The point that updates are taken back to stays where it is; otherwise it is the one before this update. @default false */
  readonly holds?: boolean
}

const PROJECTED = 1
const AS_RECEIVED = 2
const OF_SEEDS = 4
const BLOCKWISE = 8
const OWN_ROUNDS = 16
const TAKE_BACK = 32
const HOLDS = 64
const CANDIDATES_SHIFT = 8

export function encodePlan(plan: UpdatePlan): number[] {
  const { perPhone, shared, phones, rounds, candidates = 1, seeds } = plan
  const kinds =
    (plan.project ? PROJECTED : 0) |
    (plan.asReceived ? AS_RECEIVED : 0) |
    (seeds ? OF_SEEDS : 0) |
    (plan.blockwise ? BLOCKWISE : 0) |
    (rounds ? OWN_ROUNDS : 0) |
    (plan.takeBack ? TAKE_BACK : 0) |
    (plan.holds ? HOLDS : 0)
  const flags = kinds | ((candidates - 1) << CANDIDATES_SHIFT)
  return [perPhone, shared, flags, ...(seeds ?? phones), ...(rounds ?? [])]
}

/** `rounds` is empty where the directions are those of the update's round. */
export function decodePlan([perPhone = 0, shared = 0, flags = 0, ...indices]: readonly number[]): Required<UpdatePlan> {
  const ofSeeds = (flags & OF_SEEDS) !== 0
  const count = (flags & OWN_ROUNDS) === 0 ? indices.length : indices.length / 2
  return {
    perPhone,
    shared,
    project: (flags & PROJECTED) !== 0,
    asReceived: (flags & AS_RECEIVED) !== 0,
    blockwise: (flags & BLOCKWISE) !== 0,
    candidates: (flags >>> CANDIDATES_SHIFT) + 1,
    phones: ofSeeds ? [] : indices.slice(0, count),
    rounds: indices.slice(count),
    seeds: ofSeeds ? indices : [],
    takeBack: (flags & TAKE_BACK) !== 0,
    holds: (flags & HOLDS) !== 0,
  }
}
