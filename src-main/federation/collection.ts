/**
 * Collects the answers of a round: asks its phones, drops answers that come too late, and hands on the rest in the form that the method may
 * aggregate. Without `federation` in the scenario the server waits for all phones that are up.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { Federation } from '#shared/scenario/federation-schema.ts'
import { basisAsked, directionCounts } from '#main/wire/direction-request.ts'
import { type Answer, forwardPasses } from './answers.ts'
import { askPhones } from './ask-phones.ts'
import type { Cohort, Participation } from './field/cohort.ts'
import { inTime } from './field/deadline.ts'
import { AggregationPrivacy } from './field/aggregation-privacy.ts'
import type { Elasticity } from './field/elasticity.ts'
import type { Method, PhoneScalars, RoundPlan } from './methods/method.ts'
import type { CloudFacts, PhoneFacts } from './round-clock.ts'
import type { RoundCohort } from './round-cohort.ts'
import type { RunParts } from './run-parts.ts'

/** The bytes that the round has sent to its phones before it asks them. */
export interface Sent {
  readonly cloud: CloudFacts | null
  readonly bytes: number
  /** The number of directions that phones have from the cloud, of this round or earlier ones. */
  readonly directions: number
}

export interface Collected {
  /** Answers that arrived in time, ordered by phone. */
  readonly answers: readonly Answer[]
  /** The input of the method's aggregation: one entry per answer, or the whole fleet as if it were one phone. */
  readonly scalars: readonly PhoneScalars[]
  /** The facts for the clock, in the order of `answers`, without the update, which hasn't been sent yet. */
  readonly facts: readonly PhoneFacts[]
  /** All phones that sent something, in time or not. */
  readonly senders: readonly number[]
  /** The number of directions of each phone that had time for fewer than were asked for. */
  readonly fewer: ReadonlyMap<number, number>
  /** The moment at which the server stopped waiting for missing answers; absent if all came. */
  readonly closes?: number
}

/** The number of times that a round is probed before a run without an answer ends; it is larger where phones are lost by chance, not by their caps. */
const ATTEMPTS = 4
const ATTEMPTS_IN_THE_FIELD = 32

export class Collection {
  private readonly parts: RunParts
  private readonly federation: Federation | undefined
  private readonly cohorts: RoundCohort
  private readonly elasticity: Elasticity
  private readonly aggregationPrivacy: AggregationPrivacy

  constructor(parts: RunParts, participation: Participation, cohorts: RoundCohort, elasticity: Elasticity) {
    this.parts = parts
    this.federation = parts.scenario.federation
    this.cohorts = cohorts
    this.elasticity = elasticity
    this.aggregationPrivacy = new AggregationPrivacy(parts, participation)
  }

  /** Collects the answers of the round; while there are none, other phones are drawn and asked. */
  async collect(round: number, plan: RoundPlan, method: Method, cohort: Cohort, sent: Sent): Promise<Collected> {
    const attempts = this.federation ? ATTEMPTS_IN_THE_FIELD : ATTEMPTS
    for (let attempt = 0; attempt < attempts; attempt++) {
      // If all phones were lost at once, those that may start again do so, and this round's directions are among the messages they missed.
      const asked = attempt === 0 ? cohort : await this.cohorts.assemble(round, attempt, sent.bytes)
      const collected = await this.attempt(round, attempt, plan, method, asked, sent)
      if (collected) return collected
    }
    throw new RunFailed(
      this.federation?.secureAggregation
        ? `round ${round}: fewer than two phones answered, and a phone is hidden only among others`
        : `round ${round}: no phone answered`,
    )
  }

  private async attempt(
    round: number,
    attempt: number,
    plan: RoundPlan,
    method: Method,
    cohort: Cohort,
    sent: Sent,
  ): Promise<Collected | null> {
    const { phones, clock } = this.parts
    const { deadlineSeconds = Infinity, elastic = false } = this.federation ?? {}
    const deadline = clock.seconds + deadlineSeconds
    const asked = await this.aggregationPrivacy.ask(attempt, cohort)
    if (asked === null) return null
    const { request: privacy, bytes: privacyBytes } = asked
    this.cohorts.addBytes(cohort.phones, privacyBytes)
    const active = await this.cohorts.withoutDropouts(round, attempt, cohort, sent.bytes)
    if (active.length === 0) return null

    const guided = basisAsked(plan.directions) ? sent.directions : 0
    const wanted = guided + directionCounts(plan.directions).counted
    const fewer = elastic
      ? this.elasticity.most(active, wanted, guided, deadline, sent.cloud, (phone) => this.cohorts.extraBytes(phone), reviewPasses(plan))
      : new Map<number, number>()
    const { answers, reports } = await askPhones(this.parts, { round, plan, privacy, fewer }, method)
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
      bytesDown: bytes + this.cohorts.extraBytes(answer.phone),
    })
  }

  private factsOf({ phone, estimates, batches, bytesUp }: Answer, plan: RoundPlan): PhoneFacts {
    const guided = basisAsked(plan.directions) !== null
    const along = estimates.filter(({ direction }) => direction.kind === 'basis').length
    const work = batches.map(({ sequences, tokens, forwardPasses: passes }) => {
      // The cost that a sweep shares is divided equally among its directions. A sealed answer to a guided request counts as guided.
      const guidedPasses = this.federation?.secureAggregation && guided ? passes : (passes * along) / Math.max(1, estimates.length)
      return { sequences, tokens, guidedPasses, otherPasses: passes - guidedPasses }
    })
    const extra = this.cohorts.extraBytes(phone)
    return { phone, work, bytesUp, updateBytes: 0, ...(extra > 0 ? { missedBytes: extra } : {}) }
  }
}

/** The forward passes of a review: one at the anchor, and one at the present parameters unless a probe along guided directions makes it anyway. */
function reviewPasses({ review = false, directions }: RoundPlan): number {
  return review ? (basisAsked(directions) ? 1 : 2) : 0
}
