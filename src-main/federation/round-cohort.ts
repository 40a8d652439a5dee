/**
 * Chooses the phones of a round among those that are up, and checks that their replicas agree. Without `federation` in the scenario all phones that are
 * up take part.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { Federation } from '#shared/scenario/federation-schema.ts'
import type { Cohort, Participation } from './field/cohort.ts'
import { type RunParts, checkReplicas } from './run-parts.ts'

export class RoundCohort {
  private readonly parts: RunParts
  private readonly federation: Federation | undefined
  private readonly participation: Participation
  /** The bytes that the phones of the round get beside its directions and its update. */
  private extra = new Map<number, number>()
  /** The digest of the parameters after the last update; null before the first. */
  private digest: string | null = null

  constructor(parts: RunParts, participation: Participation) {
    this.parts = parts
    this.federation = parts.scenario.federation
    this.participation = participation
  }

  /** Sets the digest that the parameters of a phone must have, from now on, before it is asked. */
  updated(digest: string): void {
    this.digest = digest
  }

  /**
   * Brings up the phones and selects those of the round; waits, in virtual time, until one can be asked.
   * @param sentBytes the bytes of this round's directions, if phones may have missed them
   * @throws ReplicaDiverged if the parameters of a phone differ from those of the others
   */
  async assemble(round: number, attempt = 0, sentBytes = 0): Promise<Cohort> {
    const { phones, clock, emit } = this.parts
    const up = await phones.startAvailable(round)
    if (up.length === 0) throw new RunFailed(`round ${round}: no phone is left`)
    if (!this.federation) {
      this.prove(round, up)
      return { phones: up, cover: [], unavailable: [] }
    }
    const next = this.participation.next(up, clock.seconds)
    if (next === Infinity) {
      const hidden = this.federation.secureAggregation && up.length > 1
      throw new RunFailed(`round ${round}: ${hidden ? 'no two phones are ever available at once' : 'no phone is ever available'} again`)
    }
    clock.waitUntil(next)
    const cohort = this.participation.cohort(round, attempt, up, clock.seconds)
    for (const phone of attempt === 0 ? cohort.unavailable : []) {
      emit({ kind: 'phone-skipped', round, phone, reason: 'unavailable', words: 'was not available', ...NOTHING, bytesDown: 0 })
    }
    const caughtUp = await phones.select(cohort.phones)
    this.extra = new Map([...caughtUp].map(([phone, { bytes }]) => [phone, Math.max(0, bytes - sentBytes)]))
    this.prove(round, cohort.phones)
    return cohort
  }

  /** Selects the phones of the cohort that aren't lost before they answer. @param bytes the bytes that each lost phone got in vain */
  async withoutDropouts(round: number, attempt: number, cohort: Cohort, bytes: number): Promise<readonly number[]> {
    const { phones, emit } = this.parts
    const lost = this.participation.dropouts(round, attempt, cohort.phones)
    if (lost.length === 0) return cohort.phones
    for (const phone of lost) {
      const bytesDown = bytes + this.extraBytes(phone)
      emit({ kind: 'phone-skipped', round, phone, reason: 'dropped', words: 'was lost before it answered', ...NOTHING, bytesDown })
    }
    const active = cohort.phones.filter((phone) => !lost.includes(phone))
    await phones.select(active)
    return active
  }

  extraBytes(phone: number): number {
    return this.extra.get(phone) ?? 0
  }

  /** Counts bytes that each of the phones gets in addition. */
  addBytes(phones: readonly number[], bytes: number): void {
    if (bytes > 0) for (const phone of phones) this.extra.set(phone, this.extraBytes(phone) + bytes)
  }

  private prove(round: number, cohort: readonly number[]): void {
    if (this.digest === null) return
    const digests = this.parts.phones.digests()
    checkReplicas(
      round,
      this.digest,
      cohort.flatMap((phone) => (digests.has(phone) ? [[phone, digests.get(phone)!] as const] : [])),
    )
  }
}

const NOTHING = { forwardPasses: 0, bytesUp: 0 }
