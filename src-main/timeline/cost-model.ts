/**
 * Computes the seconds and joules of a computation on a device that slows down as it warms up:
 *
 *     speed(t) = f + (1 - f) exp(-t / tau)           t = seconds of busy time so far, speed 1 = cold
 *     work(x)  = integral of speed from t to t + x = f x + (1 - f) tau exp(-t / tau) (1 - exp(-x / tau))
 *     seconds  = the x at which work(x) = FLOP / (gflops * 1e9)
 */
import { InputError } from '#shared/errors/input-error.ts'

export interface ComputeProfile {
  /** The sustained effective GFLOP/s of the cold device. */
  readonly gflops: number
  /** How the device throttles. @default it doesn't */
  readonly thermal?:
    | { /** f: share of the speed left when hot, above 0 to 1. */ readonly hotShare: number; readonly tauSeconds: number }
    | undefined
  readonly nanojoulesPerFlop: number
}

interface ComputeCost {
  readonly seconds: number
  readonly joules: number
}

/** Returns the cost of `flop` operations after `busySeconds` of computing. @throws InputError at `where` for a missing or senseless calibration */
export function computeCost(flop: number, profile: ComputeProfile, busySeconds: number, where = 'device profile'): ComputeCost {
  const { gflops, thermal, nanojoulesPerFlop } = profile
  if (!(gflops > 0 && Number.isFinite(gflops))) throw new InputError(`${where}: gflops`, String(gflops), 'GFLOP/s above 0')
  if (!(nanojoulesPerFlop >= 0 && Number.isFinite(nanojoulesPerFlop))) {
    throw new InputError(`${where}: nanojoulesPerFlop`, String(nanojoulesPerFlop), 'nanojoules per FLOP, 0 or more')
  }
  if (!(flop >= 0 && Number.isFinite(flop))) throw new RangeError(`${where}: a computation of ${flop} FLOP`)
  if (!(busySeconds >= 0 && Number.isFinite(busySeconds))) throw new RangeError(`${where}: ${busySeconds} s of busy time so far`)
  const coldSeconds = flop / (gflops * 1e9)
  return { seconds: thermal ? throttled(coldSeconds, thermal, busySeconds, where) : coldSeconds, joules: flop * nanojoulesPerFlop * 1e-9 }
}

/** Returns the share of the cold speed that is left after `busySeconds` of computing. */
export function speedAt(busySeconds: number, thermal: NonNullable<ComputeProfile['thermal']>): number {
  return thermal.hotShare + (1 - thermal.hotShare) * Math.exp(-busySeconds / thermal.tauSeconds)
}

function throttled(coldSeconds: number, thermal: NonNullable<ComputeProfile['thermal']>, busySeconds: number, where: string): number {
  const { hotShare, tauSeconds } = thermal
  if (!(hotShare > 0 && hotShare <= 1)) throw new InputError(`${where}: thermal.hotShare`, String(hotShare), 'above 0 to 1')
  if (!(tauSeconds > 0 && Number.isFinite(tauSeconds)))
    throw new InputError(`${where}: thermal.tauSeconds`, String(tauSeconds), 'seconds above 0')
  const warmth = (1 - hotShare) * tauSeconds * Math.exp(-busySeconds / tauSeconds)
  // work(x) is increasing and concave, so Newton's steps from below (the cold time) rise to the solution and never pass it.
  let seconds = coldSeconds
  for (let step = 0; step < 100; step++) {
    const missing = coldSeconds - (hotShare * seconds - warmth * Math.expm1(-seconds / tauSeconds))
    const next = seconds + missing / speedAt(busySeconds + seconds, thermal)
    if (!(next > seconds)) break
    seconds = next
  }
  return seconds
}
