/** Chooses the phones that take part in a round, as the scenario's `federation` has it. */
import { clientCount, FEWEST_MASKED, type Federation } from '#shared/scenario/federation-schema.ts'
import { ALWAYS, type Availability } from './availability.ts'
import { dropouts, poisson, withoutReplacement } from './sampling.ts'

export interface Cohort {
  readonly phones: readonly number[]
  /** The chosen phones whose answers don't count: they are asked because the draw took too few. */
  readonly cover: readonly number[]
  /** Phones that are up but can't be asked now. */
  readonly unavailable: readonly number[]
}

export class Participation {
  readonly availability: Availability
  private readonly federation: Federation | undefined
  private readonly seed: number
  private readonly fleet: number

  /** @param federation absent: all phones that are up take part @param fleet phones there are */
  constructor(federation: Federation | undefined, seed: number, fleet: number, availability = ALWAYS) {
    this.federation = federation
    this.seed = seed
    this.fleet = fleet
    this.availability = availability
  }

  /** The chance of a phone to be in a round: what a private draw amplifies by. */
  get samplingRate(): number {
    return clientCount(this.federation?.clientsPerRound ?? this.fleet, this.fleet) / this.fleet
  }

  /** Expected size of a cohort of phones that can all be asked. */
  get expectedPhones(): number {
    return this.samplingRate * this.fleet
  }

  /**
   * The cohort of a round among the phones that are `up`, empty if none of them can be asked now. Central privacy draws every phone on
   * its own, as its accountant assumes, and such a draw may be empty: the round is then as any other to those who see its result, so some phones
   * are asked whose answers count nothing.
   */
  cohort(round: number, attempt: number, up: readonly number[], seconds: number): Cohort {
    const { clientsPerRound, privacy, secureAggregation = false } = this.federation ?? {}
    const present = up.filter((phone) => this.availability.has(phone, seconds))
    const unavailable = up.filter((phone) => !present.includes(phone))
    const draw = { seed: this.seed, round, attempt }
    if (clientsPerRound === undefined) return { phones: present, cover: [], unavailable }
    const count = clientCount(clientsPerRound, this.fleet)
    if (privacy?.model !== 'central') return { phones: withoutReplacement(draw, present, count), cover: [], unavailable }
    const taken = poisson(draw, present, this.samplingRate)
    const rest = present.filter((phone) => !taken.includes(phone))
    const cover = withoutReplacement(draw, rest, Math.max(0, (secureAggregation ? FEWEST_MASKED : 1) - taken.length))
    return { phones: [...taken, ...cover].sort((a, b) => a - b), cover, unavailable }
  }

  /** Returns the asked phones that are lost before they answer. */
  dropouts(round: number, attempt: number, phones: readonly number[]): number[] {
    return dropouts({ seed: this.seed, round, attempt }, phones, this.federation?.dropout ?? 0)
  }

  /** The first moment from `seconds` on at which one of `phones` can be asked, or two at once where they are masked; Infinity if there is none. */
  next(phones: readonly number[], seconds: number): number {
    const soonest = (at: number): number[] => phones.map((phone) => this.availability.next(phone, at)).sort((a, b) => a - b)
    if (!this.federation?.secureAggregation || phones.length < FEWEST_MASKED) return soonest(seconds)[0] ?? Infinity
    let at = seconds
    for (let looked = 0; looked < MOST_MOMENTS; looked++) {
      const next = soonest(at)[FEWEST_MASKED - 1]!
      if (next === Infinity || phones.filter((phone) => this.availability.has(phone, next)).length >= FEWEST_MASKED) return next
      at = next
    }
    return Infinity
  }
}

/** Phones that were not once there together at so many moments never will be. */
const MOST_MOMENTS = 10_000
