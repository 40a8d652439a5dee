/**
 * The heat of a device, from 0 (cold) to 1: it tends to 1 while the device computes and to 0 while it rests, both with the profile's time constant
 * (Newton's law of cooling). Continuous work from cold gives the curve of `cost-model.ts`.
 *
 *     computing for x:  1 - heat <- (1 - heat) exp(-x / tau)          resting for y:  heat <- heat exp(-y / tau)
 */
import { type ComputeProfile, computeCost } from './cost-model.ts'

/** The highest heat, just below 1 so that the logarithm below is finite; no profile can show the difference. */
const HOTTEST = 1 - 1e-12

export interface HeatState {
  /** The heat at `seconds`, when the device last stopped computing. */
  readonly heat: number
  readonly seconds: number
  /** The energy spent on computing since the session began. */
  readonly joules: number
}

export const COLD: HeatState = { heat: 0, seconds: 0, joules: 0 }

export function heatAt({ heat, seconds }: HeatState, { thermal }: ComputeProfile, atSeconds: number): number {
  return thermal ? heat * Math.exp(-Math.max(0, atSeconds - seconds) / thermal.tauSeconds) : 0
}

/** Computes the duration of `flop` operations that begin at `startSeconds`, and the device's heat after them. */
export function compute(
  state: HeatState,
  profile: ComputeProfile,
  flop: number,
  startSeconds: number,
  where?: string,
): { readonly seconds: number; readonly state: HeatState } {
  const heat = heatAt(state, profile, startSeconds)
  const tau = profile.thermal?.tauSeconds ?? 1
  const { seconds, joules } = computeCost(flop, profile, -tau * Math.log1p(-heat), where)
  const warmed = profile.thermal ? Math.min(HOTTEST, 1 - (1 - heat) * Math.exp(-seconds / tau)) : 0
  return { seconds, state: { heat: warmed, seconds: startSeconds + seconds, joules: state.joules + joules } }
}
