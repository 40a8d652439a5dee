/** The shipped profiles of devices and links: what an emulated phone can compute and how its network behaves. */
import * as v from 'valibot'
import { parse } from './issues.ts'
import { outagesSchema } from './outages-schema.ts'
import { LONGEST_NAME, choice, integer, lossShare, notNegative, optional, positive, required, share, text } from './rules.ts'
import { strict } from './strict.ts'

const DEVICE_ESTIMATES = ['ramBytes', 'memoryCapBytes', 'gflops', 'thermal', 'energyJoulesPerGflop', 'batteryWattHours'] as const
const LINK_ESTIMATES = ['downBitsPerSecond', 'upBitsPerSecond', 'roundTripSeconds', 'lossRate', 'jitterSeconds'] as const

const ID = 'small letters, digits, "." and "-"'
const id = required('How scenarios name it', v.pipe(v.string(ID), v.regex(/^[a-z0-9][a-z0-9.-]*$/, ID)))
const name = required('How people name it', text('a name', LONGEST_NAME))
const source = required('Where every number comes from', text('the source of the numbers'))

/** Speed at time t of continuous work: floor + (1 - floor) exp(-t / tauSeconds), as a share of `gflops`. */
const thermal = strict({
  floor: required('Share of the speed left when hot', share()),
  tauSeconds: required('Time constant of the fall, seconds', positive()),
})

const device = strict({
  id,
  name,
  kind: required('What it plays', choice(['phone', 'cloud'])),
  ramBytes: required('Memory fitted', integer(1)),
  memoryCapBytes: optional('What the system lets one application have; no cap unless given', integer(1)),
  gflops: required('fp32 GFLOP/s on small transformers before heat slows it', positive()),
  thermal: required('How heat slows it', thermal),
  energyJoulesPerGflop: required('Joules per 10^9 floating-point operations, whole device', positive()),
  batteryWattHours: optional('Battery; on mains unless given', positive()),
  source,
  estimated: required('Fields that are estimates without a source', v.array(choice(DEVICE_ESTIMATES), 'a list of fields')),
})

const link = strict({
  id,
  name,
  downBitsPerSecond: required('Median downlink rate', positive()),
  upBitsPerSecond: required('Median uplink rate', positive()),
  roundTripSeconds: required('Round trip', notNegative()),
  lossRate: required('Share of packets lost', lossShare()),
  jitterSeconds: optional('Mean variation of the round trip', notNegative()),
  sigma: required('Sigma of the lognormal rate over time; 0 for a fixed rate', notNegative()),
  outages: optional('Times connected and disconnected follow one another; always connected unless given', outagesSchema),
  source,
  estimated: required('Fields that are estimates without a source', v.array(choice(LINK_ESTIMATES), 'a list of fields')),
})

export type DeviceProfile = v.InferOutput<typeof device>
export type LinkProfile = v.InferOutput<typeof link>

export interface Catalogue {
  readonly devices: readonly DeviceProfile[]
  readonly links: readonly LinkProfile[]
}

/** @throws InputError at `where` */
export function parseDevices(input: unknown, where: string): DeviceProfile[] {
  return parse(listOf(device), input, where)
}

/** @throws InputError at `where` */
export function parseLinks(input: unknown, where: string): LinkProfile[] {
  return parse(listOf(link), input, where)
}

/** Reads profiles that a user has written. @throws InputError at `where` */
export function parseProfiles(input: unknown, where: string): Catalogue {
  return parse(ownProfiles, input, where)
}

/** Returns the profile with this id, or undefined. */
export function findProfile<T extends { readonly id: string }>(profiles: readonly T[], wanted: string): T | undefined {
  return profiles.find((profile) => profile.id === wanted)
}

const ownProfiles = strict({
  devices: optional('Device profiles', v.array(device, 'a list of profiles'), []),
  links: optional('Link profiles', v.array(link, 'a list of profiles'), []),
})

function listOf<S extends v.GenericSchema<unknown, { id: string }>>(profile: S) {
  const expected = 'a list of profiles'
  return v.pipe(
    v.array(profile, expected),
    v.nonEmpty(expected),
    v.check((all) => new Set(all.map((one) => one.id)).size === all.length, 'each id once'),
  )
}
