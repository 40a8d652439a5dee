/** A phone as the Fleet view shows it, whether it runs, ran, or is only planned. */
import type { PhonePrediction } from '#shared/api/lab-api.ts'
import type { MemorySample, PhoneView, SessionView } from '#shared/events/projection.ts'
import { type Catalogue, type DeviceProfile, type LinkProfile, findProfile } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import { overriddenLink, overriddenProfile } from '#shared/scenario/overrides.ts'
import { readBytes } from '#shared/units/bytes.ts'
import { type FleetGroup, splitGroups } from './draft-fleet.ts'

export interface FleetPhone {
  readonly index: number
  readonly id: string
  /**
   * about-to-start: of a run that was asked for and has no session yet; unasked: phones take turns, and this one has had none; done: the session is
   * over, and it was running until then.
   */
  readonly state: PhoneView['state'] | 'planned' | 'about-to-start' | 'unasked' | 'done'
  /** The profile as shipped; undefined where the catalogue doesn't know it. */
  readonly device: DeviceProfile | undefined
  readonly link: LinkProfile | undefined
  /** The phone's rate, with all changes. */
  readonly gflops: number
  readonly downBitsPerSecond: number
  readonly upBitsPerSecond: number
  /** The numbers that differ from the profile and the link. */
  readonly overrides: PhoneOverrides
  /** Measured peak, or the predicted one of a phone that is planned; null: neither is known. */
  readonly usedBytes: number | null
  readonly capBytes: number | null
  readonly memory: readonly MemorySample[]
  /** 0 to 1; null where it is not known. */
  readonly heat: number | null
  readonly batteryShare: number | null
  /** The phone's state in a session; null for a planned phone. */
  readonly view: PhoneView | null
}

type Numbers = Pick<FleetPhone, 'device' | 'link' | 'gflops' | 'downBitsPerSecond' | 'upBitsPerSecond' | 'overrides'>

export function sessionPhones(view: SessionView, catalogue: Catalogue): FleetPhone[] {
  const groups = splitGroups(view.scenario?.fleet ?? [])
  return view.phones.map((phone, index): FleetPhone => {
    const { id, state, cap, memory, heat, batteryShare, peakBytes } = phone
    const overrides = { ...groups[index]?.overrides, ...phone.numbers }
    return {
      ...numbers(phone.profile, phone.link, overrides, catalogue),
      index,
      id,
      state:
        state === 'running' && view.finished !== null ? 'done' : state === 'waiting' && view.processes !== undefined ? 'unasked' : state,
      usedBytes: peakBytes > 0 ? peakBytes : null,
      capBytes: cap.bytes,
      memory,
      heat: view.virtualSeconds > 0 ? heat : null,
      batteryShare,
      view: phone,
    }
  })
}

/** @param predictions of the same fleet, where it was checked */
export function plannedPhones(fleet: readonly FleetGroup[], predictions: readonly PhonePrediction[], catalogue: Catalogue): FleetPhone[] {
  const counts = new Map<string, number>()
  return splitGroups(fleet).map((phone, index): FleetPhone => {
    const profile = String(phone.profile ?? '')
    const number = (counts.get(profile) ?? 0) + 1
    counts.set(profile, number)
    const predicted = predictions[index]
    const of = numbers(profile, phone.link ?? 'lte', phone.overrides ?? {}, catalogue)
    const given = phone.memoryCap === undefined ? undefined : readBytes(phone.memoryCap)
    return {
      ...of,
      index,
      id: predicted?.id ?? phone.id ?? `${profile}-${number}`,
      state: 'planned',
      usedBytes: predicted?.predictedBytes ?? null,
      capBytes: given ?? of.device?.memoryCapBytes ?? null,
      memory: [],
      heat: null,
      batteryShare: null,
      view: null,
    }
  })
}

function numbers(profile: string, linkId: string, overrides: PhoneOverrides, { devices, links }: Catalogue): Numbers {
  const device = findProfile(devices, profile)
  const link = findProfile(links, linkId)
  const tunedLink = link && overriddenLink(link, overrides)
  return {
    device,
    link,
    overrides,
    gflops: device ? overriddenProfile(device, overrides).gflops : Number.NaN,
    downBitsPerSecond: tunedLink?.downBitsPerSecond ?? Number.NaN,
    upBitsPerSecond: tunedLink?.upBitsPerSecond ?? Number.NaN,
  }
}
