/** The axes of progress: the same measurements over rounds, forward passes, bytes, virtual time or energy. */
import type { Measurement } from '#shared/events/session-view.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatCount, formatSeconds } from '#shared/units/quantities.ts'

export const PROGRESS_AXES = ['rounds', 'forwardPasses', 'bytes', 'virtualTime', 'energy'] as const
export type ProgressAxis = (typeof PROGRESS_AXES)[number]

/** Returns the total over the fleet; NaN if the session didn't measure it. */
export function progressAt(axis: ProgressAxis, measurement: Measurement): number {
  switch (axis) {
    case 'rounds':
      return measurement.round
    case 'forwardPasses':
      return measurement.forwardPasses
    case 'bytes':
      return measurement.bytesDown + measurement.bytesUp
    case 'virtualTime':
      return measurement.virtualSeconds
    case 'energy':
      // Nothing is spent before the first round.
      return measurement.energyJoules ?? (measurement.round === 0 ? 0 : NaN)
  }
}

/** True if at least one of the sessions can be drawn over the axis. */
export function hasAxis(axis: ProgressAxis, histories: readonly (readonly Measurement[])[]): boolean {
  return histories.some((history) => history.some((measurement) => axis !== 'energy' || measurement.energyJoules !== undefined))
}

export function formatProgress(axis: ProgressAxis, value: number): string {
  switch (axis) {
    case 'bytes':
      return formatBytes(value)
    case 'virtualTime':
      return formatSeconds(value)
    case 'energy':
      return formatJoules(value)
    default:
      return formatCount(value)
  }
}

/** Formats energy: `850 mJ`, `12.0 J`, `3.40 kJ`. */
export function formatJoules(joules: number): string {
  if (joules > 0 && joules < 0.9995) return `${formatCount(joules * 1e3)} mJ`
  const count = formatCount(joules)
  return /[a-zA-Z]$/.test(count) ? `${count}J` : `${count} J`
}

/**
 * Returns the place of a round on the axis: between the measurements before and after it in proportion to rounds, since not every round is measured.
 * NaN beyond the last one.
 */
export function progressOfRound(axis: ProgressAxis, history: readonly Measurement[], round: number): number {
  if (axis === 'rounds') return round
  const after = history.findIndex((measurement) => measurement.round >= round)
  if (after < 0) return NaN
  const to = history[after]!
  const end = progressAt(axis, to)
  if (to.round === round) return end
  const from = history[after - 1]
  const start = from ? progressAt(axis, from) : 0
  const startRound = from?.round ?? 0
  return start + ((end - start) * (round - startRound)) / (to.round - startRound)
}
