/** The options of both forms of cooper, and the guided round that both plan. */
import { basis } from '#main/wire/direction-request.ts'
import type { RoundPlan } from './method.ts'

export interface CooperOptions {
  /** The number of random directions in a round that follows them (or both sources): each phone has its own, or all share them for Newton steps. */
  readonly randomDirections: number
  /** Whether the subspace is followed: where it promises more (earned), always, or never, which is the control that shows what guidance adds. */
  readonly guidance: 'earned' | 'always' | 'never'
  /** One source per round, or both in every round. */
  readonly mixing: 'switch' | 'hybrid'
  readonly shrink: boolean
  /** Whether there is one guided direction per class, or one per class and layer. */
  readonly directions: 'class' | 'class-layer'
  /** The number of shared random directions in a round that compares the sources. */
  readonly monitors: number
}

/** Returns the plan of a round along the subspace and along the directions of `more`. */
export function guidedRound({ directions }: CooperOptions, ...more: RoundPlan['directions']): RoundPlan {
  return { guidance: true, directions: [basis(directions === 'class-layer'), ...more] }
}
