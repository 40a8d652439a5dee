/** The options of both forms of cooper, and the guided round that both plan. */
import { basis } from '#main/wire/direction-request.ts'
import type { RoundPlan } from './method.ts'

export interface CooperOptions {
  /** Random directions in a round that follows random directions (or both): of each phone, or shared by all where steps are Newton steps. */
  readonly randomDirections: number
  /** Choose the source each round (earned), or always follow the subspace, or never: the control that shows what guidance adds. */
  readonly guidance: 'earned' | 'always' | 'never'
  /** One source per round, or both in every round. */
  readonly mixing: 'switch' | 'hybrid'
  readonly shrink: boolean
  /** A guided direction per class's gradient, or one per class and layer. */
  readonly directions: 'class' | 'class-layer'
  /** Shared random directions in a round that compares the sources. */
  readonly monitors: number
}

/** A round along the subspace, and along what `more` asks for. */
export function guidedRound({ directions }: CooperOptions, ...more: RoundPlan['directions']): RoundPlan {
  return { guidance: true, directions: [basis(directions === 'class-layer'), ...more] }
}
