/**
 * Maps the events of a session to the virtual clock and to rounds done. Both are known where rounds begin; between two of these places events are
 * spread evenly.
 */
import type { SessionView } from '#shared/events/projection.ts'
import type { TimelineMarker } from '#shared/events/timeline-markers.ts'

export interface Place {
  /** The number of events until there. */
  readonly seq: number
  /** Seconds of the virtual clock. */
  readonly seconds: number
  /** Rounds done, with the part of one that is under way. */
  readonly rounds: number
}

export class VirtualTime {
  readonly end: Place
  private readonly knots: readonly Place[]

  /** @param end after the last event there is */
  constructor(markers: readonly TimelineMarker[], end: Place) {
    const knots: Place[] = [{ seq: 0, seconds: 0, rounds: 0 }]
    for (const { kind, seq, round, virtualSeconds: seconds } of markers) {
      const last = knots.at(-1)!
      if (kind === 'round' && seq > last.seq && seconds >= last.seconds && round > last.rounds)
        knots.push({ seq, seconds, rounds: round - 1 })
    }
    const last = knots.at(-1)!
    if (end.seq > last.seq)
      knots.push({ seq: end.seq, seconds: Math.max(end.seconds, last.seconds), rounds: Math.max(end.rounds, last.rounds) })
    this.knots = knots
    this.end = knots.at(-1)!
  }

  /** Returns the place after `seq` events. */
  at(seq: number): Place {
    return this.along('seq', seq)
  }

  /** Returns the number of events by then: the last moment at which that many seconds had passed. */
  seqAtSeconds(seconds: number): number {
    return seconds >= this.end.seconds ? this.end.seq : Math.floor(this.along('seconds', seconds).seq)
  }

  seqAtRounds(rounds: number): number {
    return rounds >= this.end.rounds ? this.end.seq : Math.floor(this.along('rounds', rounds).seq)
  }

  private along(by: keyof Place, value: number): Place {
    const { knots } = this
    let low = 0
    let high = knots.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (knots[middle]![by] <= value) low = middle
      else high = middle - 1
    }
    const before = knots[low]!
    const after = knots[low + 1]
    if (!after || value <= before[by]) return before
    const share = (value - before[by]) / (after[by] - before[by])
    const between = (of: keyof Place): number => before[of] + share * (after[of] - before[of])
    return { seq: between('seq'), seconds: between('seconds'), rounds: between('rounds') }
  }
}

/** Rounds done after the last event of a view, with the answers of the one under way. */
export function roundsDone({ finished, round, rounds, phones }: SessionView): number {
  const last = rounds.at(-1)
  if (finished || last === undefined || last.digest !== null) return round
  return round - 1 + 0.9 * Math.min(1, last.reports / Math.max(1, phones.length))
}
