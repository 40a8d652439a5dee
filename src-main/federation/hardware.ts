/** The emulated devices and links of a run, which turn amounts of work into seconds. Devices warm up, and the user may change their numbers. */
import { LinkModel, type LinkProperties } from '#main/network/link.ts'
import type { ComputeProfile } from '#main/timeline/cost-model.ts'
import { COLD, type HeatState, compute, heatAt } from '#main/timeline/heat.ts'
import type { ComputePace, RoundAmounts, RoundWork } from '#main/timeline/round-work.ts'
import type { DeviceState } from '#shared/events/device-state.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import { linkChange, overriddenLink, overriddenProfile, replacesRecording } from '#shared/scenario/overrides.ts'
import type { PhoneChange } from './steering.ts'

export interface TimedPhone {
  readonly id: string
  readonly profile: DeviceProfile
  readonly link: LinkProperties
  /** The radio cell it shares its link with, if any. */
  readonly cell?: string | undefined
}

/** The heat of each computing lane: `cloud`, `cloud/encode` and the phones' ids. */
export type HeatStates = ReadonlyMap<string, HeatState>

const CLOUD = 'cloud'
const ENCODE = 'cloud/encode'
const JOULES_PER_WATT_HOUR = 3600

/** Coding takes little work and runs beside the passes, so heat doesn't slow it. */
const WITHOUT_THROTTLING = { thermal: undefined } as const

export class Hardware {
  private readonly cloud: DeviceProfile
  private readonly phones: TimedPhone[]
  private readonly links: LinkModel[]
  private readonly indices: ReadonlyMap<string, number>
  private readonly seed: number
  private states: Map<string, HeatState>

  constructor(cloud: DeviceProfile, phones: readonly TimedPhone[], seed: number, states: HeatStates = new Map()) {
    this.cloud = cloud
    this.phones = [...phones]
    this.seed = seed
    this.links = phones.map((phone) => this.linkOf(phone))
    this.indices = new Map(phones.map(({ id }, index) => [id, index]))
    this.states = new Map(states)
  }

  phone(index: number): TimedPhone {
    return this.phones[index]!
  }

  link(index: number): LinkModel {
    return this.links[index]!
  }

  /** Returns how many of the phones `among` share a link with this one, itself included. */
  sharing(index: number, among: readonly number[]): number {
    const { cell } = this.phones[index]!
    return cell === undefined ? 1 : Math.max(1, among.filter((other) => this.phones[other]!.cell === cell).length)
  }

  /**
   * Changes the numbers of a phone and its link from now on; its heat stays. A cell's link is the cell's: it changes for all of its phones. A
   * bandwidth in place of a trace ends the trace.
   * @returns the changes phone by phone, this one first
   */
  tune({ phone: index, change, told = false }: PhoneChange): PhoneChange[] {
    const tuned = this.phones[index]
    if (!tuned) throw new RangeError(`phone ${index} of ${this.phones.length}`)
    const shared = linkChange(change)
    const { cell } = tuned
    const others =
      told || cell === undefined || Object.keys(shared).length === 0
        ? []
        : this.phones.flatMap((other, i) => (i !== index && other.cell === cell ? [i] : []))
    const changes = [{ phone: index, change }, ...others.map((phone) => ({ phone, change: shared }))]
    for (const { phone, change: own } of changes) {
      const before = this.phones[phone]!
      const link = overriddenLink(before.link, own)
      const after: TimedPhone = {
        ...before,
        link: replacesRecording(own) ? { ...link, trace: undefined, traceUp: undefined } : link,
        profile: overriddenProfile(before.profile, own),
      }
      this.phones[phone] = after
      this.links[phone] = this.linkOf(after)
    }
    return changes
  }

  /** Returns the work of a round on these devices. Simulating it warms them up, so it must be simulated once only. */
  work(amounts: RoundAmounts): RoundWork {
    return {
      ...amounts,
      cloudPace: this.pace(CLOUD, this.cloud),
      encodePace: this.pace(ENCODE, this.cloud, WITHOUT_THROTTLING),
      expectedCloudSeconds: (flop) => flop / (this.cloud.gflops * 1e9),
      phones: amounts.phones.map((own) => {
        const index = this.indices.get(own.id)!
        const { profile, cell } = this.phones[index]!
        const link = this.links[index]!
        return {
          ...own,
          pace: this.pace(own.id, profile),
          downSeconds: (bytes, at) => link.sendingSeconds('down', bytes, at),
          upSeconds: (bytes, at) => link.sendingSeconds('up', bytes, at),
          expectedDownSeconds: (bytes) => (bytes * 8) / link.nominalBitsPerSecond('down'),
          latencySeconds: (way, endSeconds) => link.latencySeconds(way, endSeconds),
          cell,
        }
      }),
    }
  }

  /** Returns the same as `work` for steady links: uplinks have their nominal bandwidth. @param downBitsPerSecond the downlink of a phone, by index */
  expectedWork(amounts: RoundAmounts, downBitsPerSecond: (phone: number) => number): RoundWork {
    const work = this.work(amounts)
    return {
      ...work,
      phones: work.phones.map((phone) => {
        const index = this.indices.get(phone.id)!
        const link = this.links[index]!
        return {
          ...phone,
          downSeconds: (bytes) => (bytes * 8) / downBitsPerSecond(index),
          upSeconds: (bytes) => (bytes * 8) / link.nominalBitsPerSecond('up'),
          latencySeconds: () => link.nominalLatencySeconds,
        }
      }),
    }
  }

  /** Charges the cloud for computing outside of a round. @returns seconds */
  cloudSeconds(flop: number, startSeconds: number): number {
    return this.pace(CLOUD, this.cloud)(flop, startSeconds)
  }

  /** Runs `use`, then restores the heat that devices had before. */
  trial<T>(use: () => T): T {
    const before = this.states
    this.states = new Map(before)
    try {
      return use()
    } finally {
      this.states = before
    }
  }

  get heat(): HeatStates {
    return new Map(this.states)
  }

  /** Describes the cloud and some phones at `seconds`, with the energy that they spent since `before`. */
  describe(phones: readonly string[], before: HeatStates, seconds: number): DeviceState[] {
    return [CLOUD, ...phones].map((device) => {
      const profile = device === CLOUD ? this.cloud : this.phones[this.indices.get(device)!]!.profile
      const computing = computeProfile(profile)
      const lanes = device === CLOUD ? [CLOUD, ENCODE] : [device]
      const joules = (states: HeatStates): number => lanes.reduce((sum, lane) => sum + (states.get(lane)?.joules ?? 0), 0)
      const total = joules(this.states)
      const was = before.get(device) ?? COLD
      const battery = profile.batteryWattHours
      return {
        device,
        before: { heat: was.heat, atSeconds: was.seconds },
        heat: heatAt(this.states.get(device) ?? COLD, computing, seconds),
        energyJoules: total - joules(before),
        totalJoules: total,
        batteryShare: battery === undefined ? null : Math.max(0, 1 - total / (battery * JOULES_PER_WATT_HOUR)),
      }
    })
  }

  private pace(lane: string, profile: DeviceProfile, change: Partial<ComputeProfile> = {}): ComputePace {
    return (flop, startSeconds) => {
      const before = this.states.get(lane) ?? COLD
      const { seconds, state } = compute(before, { ...computeProfile(profile), ...change }, flop, startSeconds, `profile ${profile.id}`)
      this.states.set(lane, state)
      return seconds
    }
  }

  private linkOf({ id, link, cell }: TimedPhone): LinkModel {
    return new LinkModel(cell ?? id, link, this.seed)
  }
}

function computeProfile({ gflops, thermal, energyJoulesPerGflop }: DeviceProfile): ComputeProfile {
  return { gflops, thermal: { hotShare: thermal.floor, tauSeconds: thermal.tauSeconds }, nanojoulesPerFlop: energyJoulesPerGflop }
}
