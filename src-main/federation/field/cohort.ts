/** Chooses the phones that take part in a round, as the scenario's `federation` has it. */
import { askedPerRound, clientCount, FEWEST_MASKED, type Federation } from '#shared/scenario/federation-schema.ts'
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

  /** @param federation undefined: all phones that are up take part @param fleet the number of phones */
  constructor(federation: Federation | undefined, seed: number, fleet: number, availability = ALWAYS) {
    this.federation = federation
    this.seed = seed
    this.fleet = fleet
    this.availability = availability
  }

  /** The chance of a phone to be in a round, by which sampling amplifies privacy. */
  get samplingRate(): number {
    return askedPerRound({ federation: this.federation }, this.fleet) / this.fleet
  }

  /** The expected size of a cohort while all phones can be asked. */
  get expectedPhones(): number {
    return this.samplingRate * this.fleet
  }

  /**
   * Chooses the cohort of a round among the phones that are `up`; it is empty if none of them can be asked now. Under central privacy every phone is
   * drawn on its own, as the accountant assumes, and the draw may be empty. Whoever sees the result must not notice that, so some phones are asked
   * whose answers count nothing.
   */
  cohort(round: number, attempt: number, up: readonly number[], seconds: number): Cohort {
    const { clientsPerRound, privacy, secureAggregation = false } = this.federation ?? {}
    const { present = [], unavailable = [] } = Object.groupBy(up, (phone) =>
      this.availability.has(phone, seconds) ? 'present' : 'unavailable',
    )
    const draw = { seed: this.seed, round, attempt }
    if (clientsPerRound === undefined) return { phones: present, cover: [], unavailable }
    const count = clientCount(clientsPerRound, this.fleet)
    if (privacy?.model !== 'central') return { phones: withoutReplacement(draw, present, count), cover: [], unavailable }
    const taken = poisson(draw, present, this.samplingRate)
    const chosen = new Set(taken)
    const rest = present.filter((phone) => !chosen.has(phone))
    const cover = withoutReplacement(draw, rest, Math.max(0, (secureAggregation ? FEWEST_MASKED : 1) - taken.length))
    return { phones: [...taken, ...cover].sort((a, b) => a - b), cover, unavailable }
  }

  /** Returns the asked phones that are lost before they answer. */
  dropouts(round: number, attempt: number, phones: readonly number[]): number[] {
    return dropouts({ seed: this.seed, round, attempt }, phones, this.federation?.dropout ?? 0)
  }

  /** @returns the first time from `seconds` on at which a round is possible: one phone can be asked, or two where answers are masked; else Infinity */
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

/** The number of times to look at before phones that were never available together are taken never to be. */
const MOST_MOMENTS = 10_000
