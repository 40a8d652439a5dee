/** Changes of phones' numbers, as they are sent to a session that runs. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import type { FleetPhone } from './fleet-phone.ts'
import { type NumberKey, baseOf } from './tunable-numbers.ts'

/** A key that is undefined takes the profile's number again. */
export type NumberChange = { readonly [K in keyof PhoneOverrides]: PhoneOverrides[K] | undefined }

/**
 * The change with numbers in place of "the profile's again", which a running phone doesn't know. Profiles differ from phone to phone, so those
 * that are to have the same numbers come together.
 */
export function byNumbers(
  change: NumberChange,
  phones: readonly FleetPhone[],
): readonly (readonly [change: PhoneOverrides, phones: readonly number[]])[] {
  const groups = new Map<string, { readonly change: PhoneOverrides; readonly phones: number[] }>()
  for (const phone of phones) {
    const numbers = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value ?? baseOf(phone, key as NumberKey)]))
    const key = JSON.stringify(numbers)
    const group = groups.get(key) ?? { change: numbers as PhoneOverrides, phones: [] }
    group.phones.push(phone.index)
    groups.set(key, group)
  }
  return [...groups.values()].map((group) => [group.change, group.phones])
}
