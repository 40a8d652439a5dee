/**
 * From asking the phones of a round to what the method may aggregate: who is asked, who is lost or late, what came and in which form. Without
 * `federation` in the scenario all phones that are up are asked and waited for.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { Federation } from '#shared/scenario/federation-schema.ts'
import type { ProbeReport } from '#main/workers/commands.ts'
import { type Answer, forwardPasses, joined, readAnswer, sealedAnswer, weighted } from './answers.ts'
import { whatIsWrongWithReport } from './report-check.ts'
import type { Cohort, Participation } from './field/cohort.ts'
import { inTime } from './field/deadline.ts'
import { AggregationPrivacy, type PrivacyRequest } from './field/aggregation-privacy.ts'
import type { Elasticity } from './field/elasticity.ts'
import type { Method, PhoneScalars, RoundPlan } from './methods/method.ts'
import type { CloudFacts, PhoneFacts } from './round-clock.ts'
import { type RunParts, checkReplicas } from './run-parts.ts'

/** What the round has sent to its phones before it asks them. */
export interface Sent {
  readonly cloud: CloudFacts | null
  readonly bytes: number
}

export interface Collected {
  /** Those that count, by phone. */
  readonly answers: readonly Answer[]
  /** What the method aggregates: one per answer, or the whole fleet as if it were one phone. */
  readonly scalars: readonly PhoneScalars[]
  /** In the order of `answers`; their updates haven't been sent yet. */
  readonly facts: readonly PhoneFacts[]
  /** All phones that sent something, in time or not. */
  readonly senders: readonly number[]
  /** Directions of the phones that had time for fewer than were asked for. */
  readonly fewer: ReadonlyMap<number, number>
  /** When the server stopped waiting for answers that didn't come; absent: all came. */
  readonly closes?: number
}

/** Times a round is probed before a run without an answer ends; more where phones are lost by chance and not by their caps. */
const ATTEMPTS = 4
const ATTEMPTS_IN_THE_FIELD = 32

interface Asking {
  readonly round: number
  readonly plan: RoundPlan
  readonly privacy: PrivacyRequest['request']
  readonly fewer: ReadonlyMap<number, number>
}

export class Collection {
  private readonly parts: RunParts
  private readonly federation: Federation | undefined
  private readonly participation: Participation
  private readonly elasticity: Elasticity
  private readonly aggregationPrivacy: AggregationPrivacy
  /** Bytes that the phones of the round get beside its directions and its update. */
  private extra = new Map<number, number>()
  /** Digest of the parameters after the last update; null before the first. */
  private digest: string | null = null

  constructor(parts: RunParts, participation: Participation, elasticity: Elasticity) {
    this.parts = parts
    this.federation = parts.scenario.federation
    this.participation = participation
    this.elasticity = elasticity
    this.aggregationPrivacy = new AggregationPrivacy(parts, participation)
  }

  /** From now on phones of a round must have parameters of this digest before they are asked. */
  updated(digest: string): void {
    this.digest = digest
  }

  /**
   * Brings up the phones and selects those of the round; waits, in virtual time, until one can be asked.
   * @throws ReplicaDiverged if a phone of the round isn't where the others are
   * @param sentBytes of this round's directions, if they are among what phones may have missed
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
      emit({ kind: 'phone-skipped', round, phone, reason: 'unavailable', words: 'was not available', ...NOTHING })
    }
    const caughtUp = await phones.select(cohort.phones)
    this.extra = new Map([...caughtUp].map(([phone, { bytes }]) => [phone, Math.max(0, bytes - sentBytes)]))
    this.prove(round, cohort.phones)
    return cohort
  }

  private prove(round: number, cohort: readonly number[]): void {
    if (this.digest === null) return
    checkReplicas(
      round,
      this.digest,
      [...this.parts.phones.digests()].filter(([phone]) => cohort.includes(phone)),
    )
  }

  /** Answers of the round, asked again with another draw while there are none. @param guided directions that phones have from the cloud */
  async collect(round: number, plan: RoundPlan, method: Method, cohort: Cohort, sent: Sent, guided: number): Promise<Collected> {
    const attempts = this.federation ? ATTEMPTS_IN_THE_FIELD : ATTEMPTS
    for (let attempt = 0; attempt < attempts; attempt++) {
      // All were lost at once: those that may start again do, with this round's directions among what they missed.
      const asked = attempt === 0 ? cohort : await this.assemble(round, attempt, sent.bytes)
      const collected = await this.attempt(round, attempt, plan, method, asked, sent, plan.guided ? guided : 0)
      if (collected) return collected
    }
    throw new RunFailed(
      this.federation?.secureAggregation
        ? `round ${round}: fewer than two phones answered, and a phone is hidden only among others`
        : `round ${round}: no phone answered`,
    )
  }

  extraBytes(phone: number): number {
    return this.extra.get(phone) ?? 0
  }

  private async attempt(
    round: number,
    attempt: number,
    plan: RoundPlan,
    method: Method,
    cohort: Cohort,
    sent: Sent,
    guided: number,
  ): Promise<Collected | null> {
    const { phones, clock } = this.parts
    const { deadlineSeconds = Infinity, elastic = false } = this.federation ?? {}
    const deadline = clock.seconds + deadlineSeconds
    const asked = await this.aggregationPrivacy.ask(attempt, cohort)
    if (asked === null) return null
    const { request: privacy, bytes: privacyBytes } = asked
    for (const phone of cohort.phones) if (privacyBytes > 0) this.extra.set(phone, this.extraBytes(phone) + privacyBytes)
    const active = await this.withoutDropouts(round, attempt, cohort, sent)
    if (active.length === 0) return null

    const wanted = guided + plan.shared + plan.random
    const fewer = elastic
      ? this.elasticity.most(active, wanted, guided, deadline, sent.cloud, (phone) => this.extraBytes(phone), reviewPasses(plan))
      : new Map<number, number>()
    const asking: Asking = { round, plan, privacy, fewer }
    const { answers, reports } = await this.ask(asking, method)
    if (answers.length === 0) return null
    for (const { phone, batches } of answers) this.elasticity.learn(phone, batches)

    const facts = answers.map((answer) => this.factsOf(answer, plan))
    const arrivals = facts.map((fact) => ({ phone: fact.phone, seconds: deadline < Infinity ? clock.arrival(sent.cloud, fact) : 0 }))
    const { phones: taken, closes } = inTime(arrivals, deadline)
    const late = answers.filter(({ phone }) => !taken.includes(phone))
    for (const answer of late) this.skipLate(round, answer, arrivals.find(({ phone }) => phone === answer.phone)!.seconds - closes, sent)
    if (late.length > 0) await phones.select(taken)

    const counting = answers.filter(({ phone }) => taken.includes(phone))
    const opened = await this.aggregationPrivacy.open(round, { ...plan, ...privacy }, cohort, counting, reports)
    if (opened === null) return null
    const withKeys = <T extends { readonly phone: number; readonly bytesUp: number }>(sender: T): T => ({
      ...sender,
      bytesUp: sender.bytesUp + (opened.revealedBytes.get(sender.phone) ?? 0),
    })
    return {
      answers: counting.map(withKeys),
      scalars: opened.scalars,
      facts: facts.filter(({ phone }) => taken.includes(phone)).map(withKeys),
      senders: answers.map(({ phone }) => phone),
      fewer,
      ...(late.length > 0 ? { closes } : {}),
    }
  }

  /** Selects the phones of the cohort that aren't lost before they answer. */
  private async withoutDropouts(round: number, attempt: number, cohort: Cohort, { bytes }: Sent): Promise<readonly number[]> {
    const lost = this.participation.dropouts(round, attempt, cohort.phones)
    if (lost.length === 0) return cohort.phones
    for (const phone of lost) {
      const bytesDown = bytes + this.extraBytes(phone)
      this.parts.emit({
        kind: 'phone-skipped',
        round,
        phone,
        reason: 'dropped',
        words: 'was lost before it answered',
        ...NOTHING,
        bytesDown,
      })
    }
    const active = cohort.phones.filter((phone) => !lost.includes(phone))
    await this.parts.phones.select(active)
    return active
  }

  private skipLate(round: number, answer: Answer, seconds: number, { bytes }: Sent): void {
    this.parts.emit({
      kind: 'phone-skipped',
      round,
      phone: answer.phone,
      reason: 'late',
      words:
        seconds === Infinity
          ? 'was cut off: its link never delivers the answer'
          : `answered ${seconds.toPrecision(2)} s after the deadline`,
      forwardPasses: forwardPasses(answer),
      bytesUp: answer.bytesUp,
      bytesDown: bytes + this.extraBytes(answer.phone),
    })
  }

  /** What the phones answer, by index; of those that answered all that they were asked. */
  private async ask(asking: Asking, method: Method): Promise<{ answers: Answer[]; reports: Map<number, ProbeReport> }> {
    const first = await this.askOnce(asking, 0)
    if (asking.privacy.mask) return first
    let { answers } = first
    while (answers.length > 0) {
      const random = method.further?.(weighted(answers, this.parts.privateRows)) ?? 0
      if (random === 0) break
      const further = await this.askOnce({ ...asking, plan: { ...asking.plan, random } }, answers[0]!.random.length)
      const both = answers.flatMap((answer) => {
        const more = further.answers.find(({ phone }) => phone === answer.phone)
        return more ? [joined(answer, more)] : []
      })
      if (both.length === 0) break
      answers = both
    }
    return { answers, reports: first.reports }
  }

  /** @param first index of the first random direction */
  private async askOnce({ round, plan, privacy, fewer }: Asking, first: number) {
    const { phones, layout } = this.parts
    const { guidance: _, train, ...probes } = plan
    const reports = await (train
      ? phones.train({ round, ...train })
      : phones.probe({ round, ...probes, ...(first > 0 ? { first } : {}), ...privacy }, fewer))
    const answers: Answer[] = []
    for (const phone of [...reports.keys()].sort((a, b) => a - b)) {
      const report = reports.get(phone)!
      const wrong = whatIsWrongWithReport(phone, round, report, privacy.mask !== undefined)
      if (wrong === null) {
        answers.push(privacy.mask ? sealedAnswer(phone, report) : readAnswer(round, { ...plan, ...privacy }, report, layout))
      } else {
        reports.delete(phone)
        await phones.refuse(phone, wrong)
      }
    }
    return { answers, reports }
  }

  private factsOf({ phone, guided, shared, random, batches, bytesUp }: Answer, plan: RoundPlan): PhoneFacts {
    const directions = Math.max(1, guided.length + shared.length + random.length)
    const work = batches.map(({ sequences, tokens, forwardPasses: passes }) => {
      // What a sweep shares belongs to all its directions alike. A sealed answer to a guided request counts as guided.
      const guidedPasses = this.federation?.secureAggregation && plan.guided ? passes : (passes * guided.length) / directions
      return { sequences, tokens, guidedPasses, otherPasses: passes - guidedPasses }
    })
    const extra = this.extraBytes(phone)
    return { phone, work, bytesUp, updateBytes: 0, ...(extra > 0 ? { missedBytes: extra } : {}) }
  }
}

/** Forward passes at the parameters that updates are taken back to, and, where no guided direction is near by, at the present ones. */
function reviewPasses({ review = false, guided }: RoundPlan): number {
  return review ? (guided ? 1 : 2) : 0
}

const NOTHING = { forwardPasses: 0, bytesUp: 0, bytesDown: 0 }
