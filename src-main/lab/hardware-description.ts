/** Describes a session's devices and links for its first event, and makes the emulated hardware again from that description. */
import { Hardware, type HeatStates, type TimedPhone } from '#main/federation/hardware.ts'
import type { HardwareDescription } from '#shared/events/fleet-description.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'

export function describeHardware(cloud: DeviceProfile, phones: readonly TimedPhone[]): HardwareDescription {
  const groups: { count: number; profile: DeviceProfile; link: TimedPhone['link']; cell?: string | undefined }[] = []
  for (const { profile, link, cell } of phones) {
    const last = groups.at(-1)
    if (last && last.profile === profile && last.link === link && last.cell === cell) last.count++
    else groups.push({ count: 1, profile, link, ...(cell === undefined ? {} : { cell }) })
  }
  return { cloud, groups }
}

/** @param ids the ids of the phones, by index */
export function hardwareOf({ cloud, groups }: HardwareDescription, ids: readonly string[], seed: number, heat?: HeatStates): Hardware {
  const phones = groups.flatMap(({ count, ...group }) => Array.from({ length: count }, () => group))
  return new Hardware(
    cloud,
    phones.map((phone, index) => ({ ...phone, id: ids[index]! })),
    seed,
    heat,
  )
}
