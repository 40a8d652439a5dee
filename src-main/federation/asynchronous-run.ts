/**
 * A run without rounds (FedBuff, Nguyen et al. 2022, arXiv 2106.06639): every phone probes with the newest model there is when it begins,
 * and begins again as soon as it has answered; the server updates the model whenever enough answers are in. Everything happens in the order of
 * virtual time. Where other runs have rounds, this one has updates of the model: `round` v leads to version v.
 *
 * A phone holds the version it probes at until it begins anew, and then gets what was published meanwhile. Its directions are derived from the
 * number of the moment at which it began, so an update names that number for every answer.
 */
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { SkipReason, StoppedBy } from '#shared/events/reasons.ts'
import type { Federation } from '#shared/scenario/federation-schema.ts'
import { VirtualClock } from '#main/timeline/clock.ts'
import { describeTasks } from '#main/timeline/describe-round.ts'
import { idAtMoment } from '#main/timeline/task-id.ts'
import type { ProbeReport } from '#main/workers/protocol/probe-report.ts'
import { type Answer, forwardPasses, readAnswer } from './answers.ts'
import { AnswerBuffer, stalenessWeight } from './field/answer-buffer.ts'
import { Participation } from './field/cohort.ts'
import type { PrivacyLedger } from './field/privacy-ledger.ts'
import { privacyLedger, privacyRequest } from './field/privacy.ts'
import { type LearningRates, learningRates } from './learning-rates.ts'
import type { HeatStates } from './hardware.ts'
import { type Method, planInNumbers } from './methods/method.ts'
import type { TimedAnswer } from './round-clock.ts'
import { type RunParts, checkReplicas } from './run-parts.ts'
import { RunBookkeeping } from './run-bookkeeping.ts'
import { whatIsWrongWithReport } from './report-check.ts'
import { updateMessages } from './update-messages.ts'

/** The work of one phone from when it begins until its answer is there. */
interface Work {
  readonly phone: number
  readonly version: number
  /** The number of the moment at which the work began, from 1: part of the keys of its directions and of its batch. */
  readonly moment: number
  readonly answer: Answer
  readonly timing: TimedAnswer
  readonly bytesDown: number
  /** True if the answer never arrives. */
  readonly lost: boolean
}

type Arrival = { readonly begin: number } | { readonly answered: Work }

type Buffered = Extract<Federation['aggregation'], { kind: 'buffered' }>

export class AsynchronousRun {
  private readonly parts: RunParts
  private readonly method: Method
  private readonly options: Buffered
  private readonly bookkeeping: RunBookkeeping
  private readonly rates: LearningRates
  private readonly participation: Participation
  private readonly ledger: PrivacyLedger | null
  private readonly buffer: AnswerBuffer<Work>
  private readonly queue = new VirtualClock<Arrival>()
  private readonly passes: number[]
  private digest: string | null = null
  private moment = 0
  /** Heat and energy of the devices as the last event reported them. */
  private told: HeatStates = new Map()

  constructor(parts: RunParts) {
    const { federation, seed } = parts.scenario
    if (federation?.aggregation.kind !== 'buffered' || !parts.method) throw new Error('this run buffers the answers of phones')
    this.parts = parts
    this.method = parts.method
    this.options = federation.aggregation
    this.bookkeeping = new RunBookkeeping(parts)
    this.rates = learningRates(parts.scenario)
    this.participation = new Participation(federation, seed, parts.privateRows.length, parts.availability)
    this.ledger = privacyLedger(parts.scenario, this.participation.samplingRate)
    this.buffer = new AnswerBuffer(this.options.bufferSize, this.options.maxStaleness)
    this.passes = parts.privateRows.map(() => 0)
  }

  /** Runs until a stop rule holds. @returns that rule, and the digest of everything that was computed */
  async run(): Promise<{ stoppedBy: StoppedBy; digest: string }> {
    const { scenario, phones } = this.parts
    let stoppedBy = await this.bookkeeping.start()
    for (const phone of await phones.startAvailable(1)) this.planBegin(phone)
    let begun = 0
    while (stoppedBy === null && this.buffer.version < scenario.stop.rounds) {
      if (this.buffer.version === begun) {
        stoppedBy = await this.bookkeeping.beginRound(++begun)
        if (stoppedBy) break
      }
      const now = this.queue.advance()
      if (now.length === 0) throw new RunFailed(`update ${this.buffer.version + 1}: no phone is left, or none is ever available again`)
      for (const arrival of now) if ('answered' in arrival && stoppedBy === null) stoppedBy = await this.take(arrival.answered)
      if (stoppedBy === null) await this.begin(now.flatMap((arrival) => ('begin' in arrival ? [arrival.begin] : [])))
    }
    return { stoppedBy: stoppedBy ?? 'rounds', digest: this.bookkeeping.digest() }
  }

  private planBegin(phone: number): void {
    const seconds = this.participation.next([phone], this.queue.now)
    if (seconds < Infinity) this.queue.plan(seconds, { begin: phone })
  }

  /** Brings free phones up to date and lets them probe. A phone that was lost for good doesn't come back. */
  private async begin(free: readonly number[]): Promise<void> {
    if (free.length === 0) return
    const { phones, scenario, layout, clock } = this.parts
    const { version } = this.buffer
    const up = await phones.startAvailable(version + 1)
    const caughtUp = await phones.select(free.filter((phone) => up.includes(phone)))
    if (this.digest !== null) {
      checkReplicas(
        version,
        this.digest,
        [...caughtUp].map(([phone, { digest }]) => [phone, digest] as const),
      )
    }
    const moment = ++this.moment
    const { guidance: _, train: __, ...probes } = this.method.plan(version + 1)
    const privacy = privacyRequest(scenario)
    const reports = await phones.probe({ round: moment, ...probes, ...privacy })
    const lost = this.participation.dropouts(moment, 0, free)
    for (const phone of free) {
      const report = await this.trusted(moment, phone, reports.get(phone))
      if (report) {
        const answer = readAnswer(version + 1, { ...probes, ...privacy }, report, layout)
        const work = answer.batches.map((batch) => ({ ...batch, guidedPasses: 0, otherPasses: batch.forwardPasses }))
        const bytesDown = caughtUp.get(phone)?.bytes ?? 0
        const timing = clock.answer({ phone, work, bytesUp: answer.bytesUp, updateBytes: 0, missedBytes: bytesDown }, this.queue.now)
        this.passes[phone] = this.passes[phone]! + forwardPasses(answer)
        const answered = { phone, version, moment, answer, timing, bytesDown, lost: lost.includes(phone) }
        this.queue.plan(timing.schedule.endSeconds, { answered })
      } else if (up.includes(phone)) this.planBegin(phone)
    }
  }

  private async trusted(moment: number, phone: number, report: ProbeReport | undefined): Promise<ProbeReport | null> {
    const wrong = report ? whatIsWrongWithReport(phone, moment, report, false) : null
    if (wrong !== null) await this.parts.phones.refuse(phone, wrong)
    return wrong === null ? (report ?? null) : null
  }

  /** Handles the arrival of an answer, or the time at which a lost one should have arrived. @returns why the run ends, if it does */
  private async take(work: Work): Promise<StoppedBy | null> {
    this.planBegin(work.phone)
    if (work.lost) this.skip(work, 'dropped', 'was lost before it answered')
    else if (!this.buffer.put(work)) {
      this.skip(work, 'stale', `answered ${this.buffer.version - work.version} versions of the model too late`)
    }
    const full = this.buffer.take()
    return full ? this.update(full) : null
  }

  private skip({ phone, answer, bytesDown }: Work, reason: SkipReason, words: string): void {
    const round = this.buffer.version + 1
    const bytesUp = reason === 'dropped' ? 0 : answer.bytesUp
    if (reason !== 'dropped') this.ledger?.release([phone])
    this.parts.emit({ kind: 'phone-skipped', round, phone, reason, words, forwardPasses: forwardPasses(answer), bytesUp, bytesDown })
  }

  private async update(buffered: readonly { readonly answer: Work; readonly staleness: number }[]): Promise<StoppedBy | null> {
    const { phones, cloud, clock, emit, layout, scenario, privateRows } = this.parts
    const round = this.buffer.version
    const works = buffered.map(({ answer }) => answer)
    emit({ kind: 'round-started', round, plan: planInNumbers(this.method.plan(round)), phones: works.map(({ phone }) => phone) })
    for (const { answer: work, staleness } of buffered) {
      const { phone, bytesDown, answer } = work
      const { loss, bytesUp } = answer
      emit({ kind: 'phone-reported', round, phone, loss, forwardPasses: forwardPasses(answer), bytesUp, bytesDown, staleness })
    }
    const rows = works.reduce((sum, { phone }) => sum + privateRows[phone]!, 0)
    const scalars = buffered.map(({ answer: { phone, answer }, staleness }) => ({
      phone,
      weight: (stalenessWeight(staleness, this.options.weight) * privateRows[phone]!) / rows,
      rows: answer.batches[0]?.sequences ?? 0,
      estimates: answer.estimates,
    }))
    const { aggregate, summary } = this.method.aggregate(round, scalars, layout.size)
    const learningRate = this.rates.server(round)
    const owners = works.map(({ phone }) => phone)
    const moments = works.map(({ moment }) => moment)
    const { update } = updateMessages(round, learningRate, aggregate, layout)
    // Nobody waits for the update: phones get it when they begin anew.
    await phones.select([])
    const [digest] = await Promise.all([cloud.apply(update), phones.update(update)])
    this.digest = digest
    clock.serverUpdate(Math.max(this.queue.now, clock.seconds))
    emit({ kind: 'update-applied', round, learningRate, ...summary, digest })
    if (this.ledger) {
      this.ledger.release(owners)
      emit({ kind: 'privacy-spent', round, ...this.ledger.spent })
    }
    this.tellSchedule(round, works)
    phones.sampleMemory()
    const losses = works.map(({ answer }) => answer.loss)
    this.bookkeeping.add(round, digest, scenario.seed, update.length, owners, moments, losses)
    return this.bookkeeping.finishRound(round, clock.seconds, Math.max(...this.passes), losses)
  }

  /** Reports the work behind an update. Each task's id has the moment at which the work began, since a phone may have answered twice. */
  private tellSchedule(round: number, works: readonly Work[]): void {
    const numbered = <T extends { readonly id: string }>(item: T, { moment }: Work): T => ({ ...item, id: idAtMoment(item.id, moment) })
    const tasks = works.flatMap((work) =>
      work.timing.tasks.map((task) => ({ ...numbered(task, work), after: task.after.map((id) => idAtMoment(id, work.moment)) })),
    )
    const entries = works.flatMap((work) => work.timing.schedule.entries.map((entry) => numbered(entry, work)))
    const startSeconds = Math.min(...works.map(({ timing }) => timing.schedule.startSeconds))
    const { clock, emit } = this.parts
    const endSeconds = clock.seconds
    const spans = describeTasks(tasks, { startSeconds, endSeconds, entries, makespanSeconds: endSeconds - startSeconds })
    const devices = clock.devices(works, this.told)
    this.told = clock.heat
    emit({ kind: 'round-scheduled', round, startSeconds, endSeconds, tasks: spans, overlapRatio: 0, devices })
  }
}
