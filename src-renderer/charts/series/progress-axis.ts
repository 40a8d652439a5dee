/** What progress is measured against: the same measurements over rounds, forward passes, bytes, virtual time or energy. */
import type { Measurement } from '#shared/events/projection.ts'

export const PROGRESS_AXES = ['rounds', 'forwardPasses', 'bytes', 'virtualTime', 'energy'] as const
export type ProgressAxis = (typeof PROGRESS_AXES)[number]

/** Totals over the fleet. NaN where the session didn't measure it. */
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
      return measurement.energyJoules ?? NaN
  }
}

/** Whether any of the sessions can be drawn over it. */
export function hasAxis(axis: ProgressAxis, histories: readonly (readonly Measurement[])[]): boolean {
  return histories.some((history) => history.some((measurement) => !Number.isNaN(progressAt(axis, measurement))))
}
