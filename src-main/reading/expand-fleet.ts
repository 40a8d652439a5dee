/** The phones of a scenario one by one: groups counted out, profiles looked up, overrides applied. */
import type { Catalogue, DeviceProfile, LinkProfile } from '#shared/scenario/catalogue.ts'
import { findProfile } from '#shared/scenario/catalogue.ts'
import { overriddenLink, overriddenProfile } from '#shared/scenario/overrides.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { BandwidthTrace } from '#main/network/bandwidth.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { readTrace } from './read-trace.ts'

export interface PhoneSetup {
  readonly id: string
  readonly profile: DeviceProfile
  readonly link: LinkProfile & { readonly trace?: BandwidthTrace | undefined; readonly traceUp?: BandwidthTrace | undefined }
  /** The radio cell it shares its link with, if any. */
  readonly cell: string | undefined
  readonly capBytes: number
  /** The place in the scenario that gave the cap. */
  readonly where: string
}

export function expandFleet({ fleet, federation }: Scenario, catalogue: Catalogue): PhoneSetup[] {
  const counts = new Map<string, number>()
  const phones = fleet.flatMap((group, g) => {
    const overrides = group.overrides ?? {}
    const shipped = findProfile(catalogue.devices, group.profile)!
    const wire = findProfile(catalogue.links, group.link)!
    const profile = overriddenProfile(shipped, overrides)
    if (group.traceEnd === 'end' && federation === undefined) {
      throw new InputError(
        `fleet[${g}].traceEnd`,
        '"end" without federation, where every phone is always asked',
        '"federation": {} in the scenario, or "repeat" or "hold"',
      )
    }
    const link = recordedLink(overriddenLink(wire, overrides), group, `fleet[${g}]`)
    const where = `fleet[${g}].memoryCap`
    const capBytes = group.memoryCap ?? profile.memoryCapBytes
    if (capBytes === undefined) throw new InputError(where, 'missing', `a size, since profile ${profile.id} has no cap of its own`)
    return Array.from({ length: group.count }, (_, i): PhoneSetup => {
      const name = group.id ?? group.profile
      const number = (counts.get(name) ?? 0) + 1
      counts.set(name, number)
      const id = group.id !== undefined && group.count === 1 ? group.id : `${name}-${number}`
      return {
        id,
        profile,
        link,
        cell: group.cell,
        capBytes,
        where: group.count > 1 ? `${where} (phone ${i + 1} of ${group.count})` : where,
      }
    })
  })
  const links = new Map<string, PhoneSetup['link']>()
  const ids = new Set<string>()
  for (const { id, cell, link } of phones) {
    if (ids.has(id)) throw new InputError('fleet', `two phones are called ${id}`, 'a different id for one of the groups')
    ids.add(id)
    if (cell === undefined) continue
    const first = links.get(cell)
    if (first && JSON.stringify(first) !== JSON.stringify(link))
      throw new InputError(
        'fleet',
        `cell ${cell} with the links ${first.id} and ${link.id}`,
        'one link, with the same numbers, for all phones of a cell',
      )
    links.set(cell, link)
  }
  return phones
}

/** A link with the group's recordings; what is recorded one way only has the link's own numbers the other way. */
function recordedLink(link: LinkProfile, { trace, traceUp, traceEnd }: Scenario['fleet'][number], where: string): PhoneSetup['link'] {
  if (trace === undefined) return link
  const end = traceEnd === undefined ? {} : { end: traceEnd }
  const down = readTrace(trace)
  if (down.both && traceUp !== undefined) {
    throw new InputError(
      `${where}.traceUp`,
      `a recording beside ${trace}, which has both directions`,
      'a trace of the downlink alone, or no traceUp',
    )
  }
  if (down.both) return { ...link, trace: { ...down.trace, ...end } }
  const up = traceUp === undefined ? null : readTrace(traceUp)
  if (up?.both) throw new InputError(`${where}.traceUp`, `${traceUp}, which has both directions`, 'a recording of one direction')
  const usual = down.trace.startSeconds.map(() => link.upBitsPerSecond)
  return {
    ...link,
    trace: { ...down.trace, upBitsPerSecond: up ? down.trace.downBitsPerSecond : usual, ...end },
    ...(up ? { traceUp: { ...up.trace, ...end } } : {}),
  }
}

/** Returns the moment at which the first of a link's traces ends for good; Infinity where none does. */
export function traceEndSeconds({ trace, traceUp }: PhoneSetup['link']): number {
  return Math.min(...[trace, traceUp].map((one) => (one?.end === 'end' ? one.startSeconds.at(-1)! : Infinity)))
}
