/** Edits the fleet of a scenario phone by phone: groups are split, phones changed, and equal neighbours grouped again. */
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import { MAX_PHONES } from '#shared/scenario/fleet-schema.ts'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'

export type FleetGroup = ScenarioInput['fleet'][number]

/** Splits groups into one group per phone. A name that a group shares is numbered, as the run would number it. */
export function splitGroups(groups: readonly FleetGroup[]): FleetGroup[] {
  return groups.flatMap((group) => {
    const count = countOf(group)
    return Array.from({ length: count }, (_, i): FleetGroup => {
      const { count: _count, id, ...rest } = group
      if (id === undefined) return rest
      return { ...rest, id: count === 1 ? id : `${id}-${i + 1}` }
    })
  })
}

/** Joins equal neighbours into groups; named phones stay on their own. */
export function joinEqual(phones: readonly FleetGroup[]): FleetGroup[] {
  const groups: FleetGroup[] = []
  let key = ''
  for (const phone of phones) {
    const last = groups.at(-1)
    const mine = JSON.stringify(phone)
    if (last && key === mine && phone.id === undefined) groups[groups.length - 1] = { ...last, count: (last.count ?? 1) + 1 }
    else groups.push(phone)
    key = mine
  }
  return groups
}

export function changed(groups: readonly FleetGroup[], phones: readonly number[], change: (phone: FleetGroup) => FleetGroup): FleetGroup[] {
  const chosen = new Set(phones)
  return joinEqual(splitGroups(groups).map((phone, i) => (chosen.has(i) ? change(phone) : phone)))
}

/** Copies phones; each copy comes right after its original. */
export function cloned(groups: readonly FleetGroup[], phones: readonly number[]): FleetGroup[] {
  const chosen = new Set(phones)
  return joinEqual(
    splitGroups(groups).flatMap((phone, i) => {
      const { id: _id, ...copy } = phone
      return chosen.has(i) ? [phone, copy] : [phone]
    }),
  )
}

/** Removes phones; at least one stays. */
export function without(groups: readonly FleetGroup[], phones: readonly number[]): FleetGroup[] {
  const chosen = new Set(phones)
  const all = splitGroups(groups)
  const left = all.filter((_, i) => !chosen.has(i))
  return joinEqual(left.length > 0 ? left : all.slice(0, 1))
}

/** Returns a phone with some of its numbers changed; undefined restores the profile's number. */
export function withNumbers(
  phone: FleetGroup,
  change: { readonly [K in keyof PhoneOverrides]: PhoneOverrides[K] | undefined },
): FleetGroup {
  const { overrides: before, ...rest } = phone
  const entries = Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? rest : { ...rest, overrides: Object.fromEntries(entries) as PhoneOverrides }
}

function countOf({ count }: FleetGroup): number {
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? Math.min(count, MAX_PHONES) : 1
}
