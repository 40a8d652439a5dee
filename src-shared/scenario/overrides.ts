/** A phone's profile and link with a user's own numbers in place of some of theirs. */
import type { DeviceProfile } from './catalogue.ts'
import { InputError } from '../errors/input-error.ts'
import { type PhoneOverrides, overridesSchema } from './fleet-schema.ts'
import { parse } from './issues.ts'

/** The numbers of a link; a trace replaces its bandwidth. */
export interface LinkNumbers {
  readonly downBitsPerSecond: number
  readonly upBitsPerSecond: number
  readonly roundTripSeconds: number
  readonly lossRate: number
  readonly jitterSeconds?: number | undefined
  readonly sigma?: number | undefined
  readonly outages?: { readonly upSeconds: number; readonly downSeconds: number } | undefined
  readonly trace?: RecordedBandwidth | undefined
  /** A recording of the uplink, if `trace` is of the downlink only. */
  readonly traceUp?: RecordedBandwidth | undefined
}

/** How a link goes on when its trace ends: the trace repeats, its last row holds, or the link ends. */
const TRACE_ENDS = ['repeat', 'hold', 'end'] as const
export type TraceEnd = (typeof TRACE_ENDS)[number]

/** A recorded bandwidth. Row i holds from startSeconds[i] on; the last row only gives the time at which the record ends. */
export interface RecordedBandwidth {
  readonly startSeconds: readonly number[]
  readonly downBitsPerSecond: readonly number[]
  readonly upBitsPerSecond: readonly number[]
  /** @default repeat */
  readonly end?: TraceEnd | undefined
}

/**
 * A change of a running phone's numbers. A memory cap is not among them: it is set before a process starts.
 * @throws InputError at `where`
 */
export function parseChange(input: unknown, where: string): PhoneOverrides {
  const change = parse(overridesSchema, input, where)
  if (Object.keys(change).length === 0)
    throw new InputError(where, 'nothing', `at least one of ${Object.keys(overridesSchema.entries).join(', ')}`)
  return change
}

/** The part of a change that concerns the link, which phones of a cell share. */
export function linkChange({ gflops: _, ...link }: PhoneOverrides): PhoneOverrides {
  return link
}

export function overriddenProfile<P extends Pick<DeviceProfile, 'gflops'>>(profile: P, { gflops }: PhoneOverrides): P {
  return gflops === undefined ? profile : { ...profile, gflops }
}

export function overriddenLink<L extends LinkNumbers>(link: L, change: PhoneOverrides): L {
  const { downMbps, upMbps, rttMs, jitterMs, lossRate, sigma, outages } = change
  return {
    ...link,
    ...(downMbps !== undefined && { downBitsPerSecond: downMbps * 1e6 }),
    ...(upMbps !== undefined && { upBitsPerSecond: upMbps * 1e6 }),
    ...(rttMs !== undefined && { roundTripSeconds: rttMs / 1e3 }),
    ...(jitterMs !== undefined && { jitterSeconds: jitterMs / 1e3 }),
    ...(lossRate !== undefined && { lossRate }),
    ...(sigma !== undefined && { sigma }),
    ...(outages !== undefined && { outages }),
  }
}

/** True if a change of a running phone's numbers replaces its recorded bandwidth. */
export function replacesRecording({ downMbps, upMbps, sigma }: PhoneOverrides): boolean {
  return downMbps !== undefined || upMbps !== undefined || sigma !== undefined
}
