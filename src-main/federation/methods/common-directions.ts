/** Groups measurements by direction, for directions that several phones probed: the basis of the pool, and random directions that all share. */
import type { Direction } from '#main/wire/direction.ts'
import { type WeightedEstimate, weightedMean } from '../statistics.ts'
import type { PhoneScalars, ProbedDirection } from './method.ts'

export interface CommonDirection {
  readonly direction: Direction
  /** The estimate of each phone that probed the direction. */
  readonly estimates: readonly WeightedEstimate[]
  readonly mean: { readonly value: number; readonly variance: number }
}

/** Returns the directions in the order in which they were asked for. */
export function commonDirections(reports: readonly PhoneScalars[]): CommonDirection[] {
  return reports[0]!.estimates.flatMap(({ direction }, k) => {
    if (!isCommon(direction)) return []
    const estimates = reports.map((report): WeightedEstimate => ({ ...report.estimates[k]!, weight: report.weight }))
    return [{ direction, estimates, mean: weightedMean(estimates) }]
  })
}

export function isGuided({ direction }: { readonly direction: Direction }): boolean {
  return direction.kind === 'basis'
}

/** Returns a phone's measurements along its own random directions. */
export function ownDirections({ estimates }: PhoneScalars): ProbedDirection[] {
  return estimates.filter(({ direction }) => !isCommon(direction))
}

function isCommon(direction: Direction): boolean {
  return direction.kind === 'basis' || (direction.kind === 'seeded' && direction.owner === 'everybody')
}
