/** The numbers of a phone that can be changed: where each stands, what the profile says, how its slider goes. */
import type { LinkProfile } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { FleetPhone } from './fleet-phone.ts'
import type { NumberScale } from './number-scale.ts'

export type NumberKey = Exclude<keyof PhoneOverrides, 'outages'>

interface TunableNumber {
  readonly key: NumberKey
  /** The factor from the stored number to the number shown: 100 for a share in percent. */
  readonly factor: number
  readonly scale: NumberScale
}

export const NUMBERS: readonly TunableNumber[] = [
  { key: 'gflops', factor: 1, scale: { from: 0.5, to: 300, kind: 'factors' } },
  { key: 'downMbps', factor: 1, scale: { from: 0.05, to: 500, kind: 'factors' } },
  { key: 'upMbps', factor: 1, scale: { from: 0.05, to: 500, kind: 'factors' } },
  { key: 'rttMs', factor: 1, scale: { from: 0, to: 2000, kind: 'linear' } },
  { key: 'jitterMs', factor: 1, scale: { from: 0, to: 500, kind: 'linear' } },
  { key: 'lossRate', factor: 100, scale: { from: 0, to: 20, kind: 'linear' } },
  { key: 'sigma', factor: 1, scale: { from: 0, to: 1.5, kind: 'linear' } },
]

/** Returns the number that the profile and the link give, as stored. */
export function baseOf({ device, link }: FleetPhone, key: NumberKey): number | undefined {
  return key === 'gflops' ? device?.gflops : link && linkNumbers(link)[key]
}

export function numberOf(phone: FleetPhone, key: NumberKey): number | undefined {
  return phone.overrides[key] ?? baseOf(phone, key)
}

/** The one value of all phones; undefined where they differ. */
export function common<T>(phones: readonly FleetPhone[], of: (phone: FleetPhone) => T): T | undefined {
  const [first, ...others] = phones
  if (!first) return undefined
  const value = of(first)
  return others.every((phone) => of(phone) === value) ? value : undefined
}

/** Returns all numbers of a link, in the units of a change. */
export function linkNumbers(link: LinkProfile): Required<Omit<PhoneOverrides, 'outages' | 'gflops'>> {
  return {
    downMbps: link.downBitsPerSecond / 1e6,
    upMbps: link.upBitsPerSecond / 1e6,
    rttMs: link.roundTripSeconds * 1e3,
    jitterMs: (link.jitterSeconds ?? 0) * 1e3,
    lossRate: link.lossRate,
    sigma: link.sigma,
  }
}
