/** The scale of a slider: equal steps, or equal factors for numbers that span orders of magnitude. */

export interface NumberScale {
  readonly from: number
  readonly to: number
  readonly kind: 'linear' | 'factors'
}

export const STEPS = 200

/** Returns the position of a value, from 0 to STEPS. */
export function positionOf({ from, to, kind }: NumberScale, value: number): number {
  const within = Math.min(to, Math.max(from, value))
  const share = kind === 'linear' ? (within - from) / (to - from) : Math.log(within / from) / Math.log(to / from)
  return Math.round(share * STEPS)
}

/** Returns the value at a position, with three significant digits. */
export function valueAt({ from, to, kind }: NumberScale, position: number): number {
  const share = position / STEPS
  const value = kind === 'linear' ? from + share * (to - from) : from * (to / from) ** share
  return Number(value.toPrecision(3))
}
