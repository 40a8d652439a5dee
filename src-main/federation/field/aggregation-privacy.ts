/**
 * Limits what the server learns from a round's answers: each answer by itself, or no more than their sum. It learns only the sum where phones mask
 * their answers, and uses only the sum where it adds noise itself.
 */
import { FEWEST_MASKED } from '#shared/scenario/federation-schema.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import type { MaskRequest, ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import { type Answer, type Asked, weighted } from '../answers.ts'
import type { PhoneScalars } from '../methods/method.ts'
import type { RunParts } from '../run-parts.ts'
import type { Cohort, Participation } from './cohort.ts'
import { meanOfMasked, meanOfReadable } from './fleet-mean.ts'
import { privacyRequest, serverNoise } from './privacy.ts'

/** The bytes of one phone in a mask request: its index, its weight and its public key. */
const MASK_ENTRY_BYTES = 4 + 4 + 32

export interface RequestedPrivacy {
  readonly request: Pick<ProbeRequest, 'privacy' | 'mask'>
  /** The bytes of the request to each phone. */
  readonly bytes: number
}

interface OpenedAnswers {
  /** The input of the method's aggregation: one entry per answer, or the whole fleet as if it were one phone. */
  readonly scalars: readonly PhoneScalars[]
  /** The bytes of the keys that each phone revealed. */
  readonly revealedBytes: ReadonlyMap<number, number>
}

export class AggregationPrivacy {
  private readonly parts: RunParts
  private readonly participation: Participation

  constructor(parts: RunParts, participation: Participation) {
    this.parts = parts
    this.participation = participation
  }

  /** Returns the privacy that the selected phones of a cohort are asked for; null where a phone would have nobody to hide among. */
  async ask(attempt: number, cohort: Cohort): Promise<RequestedPrivacy | null> {
    const { scenario, phones } = this.parts
    const privacy = privacyRequest(scenario)
    if (!scenario.federation?.secureAggregation) return { request: privacy, bytes: 0 }
    const keys = await phones.maskKeys()
    const members = cohort.phones.flatMap((phone) => {
      const publicKey = keys.get(phone)
      return publicKey ? [{ phone, publicKey, weight: this.weightOf(phone, cohort) }] : []
    })
    if (members.length < FEWEST_MASKED) return null
    const mask: MaskRequest = { attempt, cohort: members }
    return { request: { ...privacy, mask }, bytes: MASK_ENTRY_BYTES * members.length }
  }

  /** @param answers the answers that count, whose phones are selected @returns null where the sum can't be unmasked, or would hide nobody */
  async open(
    round: number,
    asked: Asked & RequestedPrivacy['request'],
    cohort: Cohort,
    answers: readonly Answer[],
    reports: ReadonlyMap<number, ProbeReport>,
  ): Promise<OpenedAnswers | null> {
    const { scenario, phones, privateRows } = this.parts
    const noise = serverNoise(scenario, round)
    const revealedBytes = new Map<number, number>()
    const taken = answers.map(({ phone }) => phone)
    const weightOf = (phone: number): number => this.weightOf(phone, cohort)
    const weight = noise ? this.participation.expectedPhones : taken.reduce((sum, phone) => sum + weightOf(phone), 0)
    if (!asked.mask) {
      return { scalars: noise ? [meanOfReadable(asked, answers, weightOf, weight, noise)] : weighted(answers, privateRows), revealedBytes }
    }
    if (taken.length < FEWEST_MASKED) return null
    const lost = asked.mask.cohort.map(({ phone }) => phone).filter((phone) => !taken.includes(phone))
    const revealed = lost.length > 0 ? await phones.revealMasks(lost) : new Map<number, Uint8Array>()
    if (lost.length > 0 && taken.some((phone) => !revealed.has(phone))) return null
    for (const [phone, { length }] of revealed) revealedBytes.set(phone, length)
    const counting = new Map(taken.map((phone) => [phone, reports.get(phone)!]))
    return { scalars: [meanOfMasked(asked, counting, lost, revealed, weightOf, weight, noise)], revealedBytes }
  }

  /** Returns the weight of a phone's answer in a sum: its share of the private rows, or 1 where the number of rows is private too. */
  private weightOf(phone: number, { cover }: Cohort): number {
    const { scenario, privateRows } = this.parts
    if (cover.includes(phone)) return 0
    if (scenario.federation?.privacy?.model === 'central') return 1
    return privateRows[phone]! / privateRows.reduce((sum, rows) => sum + rows, 0)
  }
}
