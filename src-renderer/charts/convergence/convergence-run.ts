/** The part of a session that the Convergence view and the comparison of sessions draw. */
import type { Measurement, RoundView, SessionView } from '#shared/events/session-view.ts'

export interface ConvergenceRun {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly history: readonly Measurement[]
  readonly rounds: readonly RoundView[]
  readonly targetAccuracy: number | null
  /** The measurement at which the target was first reached. */
  readonly target: Measurement | null
}

export function convergenceRun(view: SessionView): ConvergenceRun {
  const { session, name, method, history, rounds, targetAccuracy, target } = view
  return { id: session, name, method, history, rounds, targetAccuracy, target }
}

/** Consecutive rounds whose updates came from the same source. */
interface SourceStretch {
  readonly source: string
  readonly firstRound: number
  readonly lastRound: number
}

export function sourceStretches(rounds: readonly Pick<RoundView, 'round' | 'source'>[]): SourceStretch[] {
  const stretches: SourceStretch[] = []
  for (const { round, source } of rounds) {
    if (source === null) continue
    const last = stretches.at(-1)
    if (last?.source === source && last.lastRound === round - 1) stretches[stretches.length - 1] = { ...last, lastRound: round }
    else stretches.push({ source, firstRound: round, lastRound: round })
  }
  return stretches
}
