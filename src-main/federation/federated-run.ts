/**
 * The rounds of a session: plan, guide, probe, aggregate, update, measure. It knows phones and cloud by what they answer, the clock by
 * what it charges, and reports everything as events.
 */
import type { StoppedBy } from '#shared/events/reasons.ts'
import type { Decision } from '#main/network/controller/decision.ts'
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { forwardPasses } from './answers.ts'
import { type Collected, Collection } from './collection.ts'
import { DirectionDelivery } from './direction-delivery.ts'
import { type Cohort, Participation } from './field/cohort.ts'
import { Elasticity } from './field/elasticity.ts'
import { privacyLedger } from './field/privacy.ts'
import type { PrivacyLedger } from './field/privacy-ledger.ts'
import { GuidanceSource } from './guidance-source.ts'
import { type LearningRates, learningRates } from './learning-rates.ts'
import { type Aggregate, type StepSummary, type Method, type RoundPlan, planInNumbers } from './methods/method.ts'
import { RoundCohort } from './round-cohort.ts'
import { type RunParts, checkReplicas } from './run-parts.ts'
import { RunBookkeeping } from './run-bookkeeping.ts'
import { updateMessages } from './update-messages.ts'

export class FederatedRun {
  private readonly parts: RunParts
  private readonly bookkeeping: RunBookkeeping
  private readonly rates: LearningRates
  private readonly guidance: GuidanceSource
  private readonly cohorts: RoundCohort
  private readonly collection: Collection
  private readonly ledger: PrivacyLedger | null
  private forwardPasses = 0
  /** The private losses of the last round. */
  private losses: readonly (number | null)[] = []

  constructor(parts: RunParts) {
    const { scenario, privateRows, clock } = parts
    const { federation, method, model, seed } = scenario
    this.parts = parts
    this.bookkeeping = new RunBookkeeping(parts)
    this.rates = learningRates(scenario)
    this.guidance = new GuidanceSource(parts)
    const participation = new Participation(federation, seed, privateRows.length, parts.availability)
    const { probe, batchSize } = traitsOf(method)
    const passes = (directions: number): number => (probe === 'jvp' ? 1 + directions : 2 * directions)
    const largest = (phone: number) => ({ sequences: Math.min(batchSize, privateRows[phone]!), tokens: model.maxLength })
    this.cohorts = new RoundCohort(parts, participation)
    this.collection = new Collection(parts, participation, this.cohorts, new Elasticity(clock, passes, largest))
    this.ledger = privacyLedger(scenario, participation.samplingRate)
  }

  /** Runs until a stop rule holds. @returns that rule, and the digest of everything that was computed */
  async run(): Promise<{ stoppedBy: StoppedBy; digest: string }> {
    const { scenario, method } = this.parts
    let stoppedBy = await this.bookkeeping.start()
    for (let round = 1; round <= scenario.stop.rounds && stoppedBy === null; round++) {
      stoppedBy = await this.bookkeeping.beginRound(round)
      if (stoppedBy) break
      const seconds = await (method ? this.round(round, method) : this.cloudRound(round))
      stoppedBy = await this.bookkeeping.finishRound(round, seconds, this.forwardPasses, this.losses)
    }
    return { stoppedBy: stoppedBy ?? 'rounds', digest: this.bookkeeping.digest() }
  }

  private async round(round: number, method: Method): Promise<number> {
    const { emit, layout } = this.parts
    const cohort = await this.cohorts.assemble(round)
    const wanted = method.plan(round)
    const without = method.withoutGuidance?.() ?? null
    const decision = wanted.guidance ? this.guidance.decide(round, cohort.phones, wanted, without !== null) : null
    const plan = decision?.fallback?.kind === 'plain' && without ? without : wanted
    emit({ kind: 'round-started', round, plan: planInNumbers(plan), phones: cohort.phones })

    const directions = await this.newDirections(round, cohort, decision, plan)
    await directions.deliver('now')
    const collected = await this.collection.collect(round, plan, method, cohort, directions.sent)
    const { aggregate, summary } = method.aggregate(round, collected.scalars, layout.size)
    const { digest, updateBytes } = await this.apply(round, aggregate)
    await directions.deliver('afterUpdate')
    return this.conclude(round, directions, collected, summary, digest, updateBytes)
  }

  /** Has the cloud make the directions that were decided on, if any. They wait until after the update where phones have older ones to probe along. */
  private async newDirections(round: number, { phones }: Cohort, decision: Decision | null, plan: RoundPlan): Promise<DirectionDelivery> {
    const { scenario } = this.parts
    const known = this.guidance.directions
    const stale = known > 0 && (scenario.schedule.stale || decision?.fallback?.kind === 'stale')
    const guidance = decision ? await this.guidance.guide(round, phones, decision, plan, stale) : null
    return new DirectionDelivery(this.parts, guidance, stale ? 'afterUpdate' : 'now', stale ? known : this.guidance.directions)
  }

  /** Applies the aggregate to every replica, and checks that all come to the same parameters. */
  private async apply(round: number, aggregate: Aggregate) {
    const { phones, cloud, layout } = this.parts
    const { direction, update } = updateMessages(round, this.rates.server(round), aggregate, layout)
    if (direction) await Promise.all([cloud.receive(direction), phones.broadcast('direction', direction)])
    const [digest, digests] = await Promise.all([cloud.apply(update), phones.update(update)])
    checkReplicas(round, digest, digests)
    this.cohorts.updated(digest)
    return { digest, updateBytes: update.length + (direction?.length ?? 0) }
  }

  /** Reports the round and charges it to the virtual clock. @returns the virtual time, seconds */
  private conclude(
    round: number,
    { guidance, bytes }: DirectionDelivery,
    { answers, facts, senders, fewer, closes }: Collected,
    summary: StepSummary,
    digest: string,
    updateBytes: number,
  ): number {
    const { phones, emit, scenario, clock } = this.parts
    const bytesDown = updateBytes + bytes
    for (const answer of answers) {
      const { phone, loss, bytesUp } = answer
      const directions = fewer.get(phone)
      emit({
        kind: 'phone-reported',
        round,
        phone,
        loss,
        forwardPasses: forwardPasses(answer),
        bytesUp,
        bytesDown: bytesDown + this.cohorts.extraBytes(phone),
        ...(directions === undefined ? {} : { directions }),
      })
    }
    const updated = facts.map((fact) => ({ ...fact, updateBytes }))
    this.forwardPasses += Math.max(...answers.map(forwardPasses))
    this.guidance.learn(updated)
    emit({ kind: 'update-applied', round, learningRate: this.rates.server(round), ...summary, digest })
    this.tellPrivacy(round, senders)
    emit({ kind: 'round-scheduled', round, ...clock.round(guidance, updated, closes).event })
    phones.sampleMemory()
    this.losses = answers.map(({ loss }) => loss)
    this.bookkeeping.add(round, digest, scenario.seed, bytesDown, this.forwardPasses, this.losses)
    return clock.seconds
  }

  private async cloudRound(round: number): Promise<number> {
    const { cloud, clock, emit } = this.parts
    emit({ kind: 'round-started', round, plan: { guidance: true, guided: false, random: 0, shared: 0 }, phones: [] })
    const learningRate = this.rates.server(round)
    const { digest, batches } = await cloud.step(round, learningRate)
    emit({ kind: 'update-applied', round, learningRate, source: 'cloud', guidedEnergy: null, randomEnergy: null, digest })
    emit({ kind: 'round-scheduled', round, ...clock.cloudStep(batches).event })
    this.bookkeeping.add(round, digest)
    return clock.seconds
  }

  private tellPrivacy(round: number, senders: readonly number[]): void {
    if (!this.ledger) return
    this.ledger.release(senders)
    this.parts.emit({ kind: 'privacy-spent', round, ...this.ledger.spent })
  }
}
