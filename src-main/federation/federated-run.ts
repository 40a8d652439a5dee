/**
 * The rounds of a session: plan, guide, probe, aggregate, update, measure. It knows phones and cloud by what they answer, the clock by
 * what it charges, and reports everything as events.
 */
import { createHash } from 'node:crypto'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { LabEvent, StoppedBy, TaskSpan } from '#shared/events/event.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { CompressionController } from '#main/network/controller/decision.ts'
import { readScalars } from '#main/network/codec/scalars-frame.ts'
import { type Bits, segmentBytes } from '#main/network/codec/quantise.ts'
import { writeUpdate } from '#main/network/codec/update-frame.ts'
import type { SimulatedRound } from '#main/timeline/simulate-round.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import { unpackDerivatives } from '#main/network/codec/derivatives.ts'
import { encodePlan } from '#main/training/update-plan.ts'
import type { CloudCommands, Guidance, ProbeReport, ProbeRequest } from '#main/workers/commands.ts'
import type { Method, PhoneScalars } from './methods/method.ts'
import type { CloudFacts, PhoneFacts, RoundClock } from './round-clock.ts'

/** The phones as a round sees them. Every call goes to all that are up; one that fails is down until it is back. */
export interface Phones {
  /** Brings back those that are down; returns the indices of those that are up. */
  muster(round: number): Promise<number[]>
  broadcast(kind: 'direction', bytes: Uint8Array): Promise<void>
  /** Answers of those that didn't fail, by index. */
  probe(request: ProbeRequest): Promise<Map<number, ProbeReport>>
  /** The digests of those that are up, by index. */
  update(bytes: Uint8Array): Promise<Map<number, string>>
  sampleMemory(): void
}

export type Cloud = {
  [K in keyof Omit<CloudCommands, 'open'>]: (...args: Parameters<CloudCommands[K]>) => Promise<Awaited<ReturnType<CloudCommands[K]>>>
}

export interface RunParts {
  readonly scenario: Scenario
  /** null: the cloud trains alone. */
  readonly method: Method | null
  readonly phones: Phones
  readonly cloud: Cloud
  readonly clock: RoundClock
  readonly controller: CompressionController
  readonly layout: ParameterLayout
  /** Rows of every phone's private set. */
  readonly privateRows: readonly number[]
  readonly emit: (event: LabEvent) => void
  /** Asked between rounds. */
  readonly interrupted: () => boolean
}

/** Times a round is probed before a run without an answer ends. */
const ATTEMPTS = 4

/** A replica's parameters differ from the others': nothing after this can be trusted. */
export class ReplicaDiverged extends Error {}

export class FederatedRun {
  private readonly parts: RunParts
  private readonly hash = createHash('sha256')
  private layerSquaredNorms: readonly number[]
  private needSeconds: readonly number[]
  private forwardPasses = 0

  constructor(parts: RunParts) {
    this.parts = parts
    this.layerSquaredNorms = parts.layout.byLayer.map(() => 1)
    // Before anything was measured: a full batch along one direction of two classes, as the least a guided round can be.
    const { model, method } = parts.scenario
    this.needSeconds = 'batchSize' in method ? parts.clock.needSeconds({ sequences: method.batchSize, tokens: model.maxLength }, 4) : []
  }

  /** Runs until a stop rule holds. @returns which, and the digest of everything that was computed */
  async run(): Promise<{ stoppedBy: StoppedBy; digest: string }> {
    const { stop, evaluation } = this.parts.scenario
    let stoppedBy = this.stopReason(await this.evaluate(0), 0, true)
    for (let round = 1; round <= stop.rounds && stoppedBy === null; round++) {
      const seconds = await (this.parts.method ? this.round(round, this.parts.method) : this.cloudRound(round))
      const last = round === stop.rounds
      const accuracy = last || round % evaluation.every === 0 ? await this.evaluate(round) : null
      this.parts.emit({ kind: 'round-finished', round, virtualSeconds: seconds })
      stoppedBy = this.stopReason(accuracy, seconds, last)
      if (stoppedBy && accuracy === null) await this.evaluate(round)
    }
    return { stoppedBy: stoppedBy ?? 'rounds', digest: this.hash.digest('hex').slice(0, 32) }
  }

  private stopReason(accuracy: number | null, seconds: number, last: boolean): StoppedBy | null {
    const { stop } = this.parts.scenario
    if (stop.atTarget && stop.targetAccuracy !== undefined && accuracy !== null && accuracy >= stop.targetAccuracy) return 'target'
    if (stop.forwardPasses !== undefined && this.forwardPasses >= stop.forwardPasses) return 'forwardPasses'
    if (stop.virtualSeconds !== undefined && seconds >= stop.virtualSeconds) return 'virtualSeconds'
    return !last && this.parts.interrupted() ? 'interrupted' : null
  }

  private async round(round: number, method: Method): Promise<number> {
    const { phones, cloud, emit, layout, scenario, clock } = this.parts
    const up = await phones.muster(round)
    if (up.length === 0) throw new RunFailed(`round ${round}: no phone is left`)
    const plan = method.plan(round)
    emit({ kind: 'round-started', round, plan, phones: up })

    const guidance = plan.guidance ? await this.guide(round, up) : null
    for (const frame of guidance?.frames ?? []) await phones.broadcast('direction', frame)
    const request = { round, guided: plan.guided, random: plan.random, shared: plan.shared, project: plan.project }
    let reports = await phones.probe(request)
    // All were lost at once: those that may start again do, with this round's directions among what they missed.
    for (let attempt = 1; reports.size === 0 && attempt < ATTEMPTS; attempt++) {
      if ((await phones.muster(round)).length === 0) throw new RunFailed(`round ${round}: no phone is left`)
      reports = await phones.probe(request)
    }
    if (reports.size === 0) throw new RunFailed(`round ${round}: no phone answered`)

    const indices = [...reports.keys()].sort((a, b) => a - b)
    const received = indices.map((index) => readScalars(reports.get(index)!.frame))
    for (const { phone, lossMean, values } of received) {
      if (!Number.isFinite(lossMean) || !values.every(Number.isFinite)) {
        throw new RunFailed(`round ${round}: phone ${phone} measured a loss that is no number; try a smaller learningRate or probeSize`)
      }
    }
    const rows = indices.reduce((sum, phone) => sum + this.parts.privateRows[phone]!, 0)
    const scalars = received.map(({ phone, values }): PhoneScalars => {
      const { guided, shared, random } = unpackDerivatives(values, plan.shared, plan.random)
      return { phone, weight: this.parts.privateRows[phone]! / rows, guided, shared, random }
    })
    const { aggregate, rectification } = method.aggregate(round, scalars, layout.size)
    const learningRate = this.learningRate(round)
    const update = writeUpdate({
      round,
      sequence: 0,
      learningRate,
      guided: Float32Array.from(aggregate.guided),
      random: Float32Array.from([...aggregate.shared, ...aggregate.random.flat()]),
      integers: encodePlan({ perPhone: plan.random, shared: plan.shared, project: plan.project, phones: indices }),
    })
    const [digest, digests] = await Promise.all([cloud.apply(update), phones.update(update)])
    for (const [phone, theirs] of digests) {
      if (theirs !== digest) throw new ReplicaDiverged(`round ${round}: phone ${phone} has parameters ${theirs}, the cloud has ${digest}`)
    }

    const bytesDown = update.length + (guidance?.frames ?? []).reduce((sum, { length }) => sum + length, 0)
    const facts = indices.map((phone, i): PhoneFacts => {
      const { forwardPasses, frame, sequences, tokens } = reports.get(phone)!
      const { guided, shared, random } = scalars[i]!
      // What a sweep shares belongs to all its directions alike.
      const guidedPasses = (forwardPasses * guided.length) / Math.max(1, guided.length + shared.length + random.length)
      emit({ kind: 'phone-reported', round, phone, loss: received[i]!.lossMean, forwardPasses, bytesUp: frame.length, bytesDown })
      const otherPasses = forwardPasses - guidedPasses
      return { phone, batch: { sequences, tokens }, guidedPasses, otherPasses, bytesUp: frame.length, updateBytes: update.length }
    })
    this.forwardPasses += Math.max(...indices.map((index) => reports.get(index)!.forwardPasses))
    this.needSeconds = clock.needSeconds(facts[0]!.batch, Math.max(1, facts[0]!.guidedPasses))
    emit({ kind: 'update-applied', round, learningRate, ...rectification, digest })
    this.schedule(round, clock.round(guidance, facts))
    phones.sampleMemory()
    this.hash.update(JSON.stringify([round, digest, scenario.seed, bytesDown, this.forwardPasses, received.map((r) => r.lossMean)]))
    return clock.seconds
  }

  private async cloudRound(round: number): Promise<number> {
    const { cloud, clock, emit } = this.parts
    emit({ kind: 'round-started', round, plan: { guidance: true, guided: false, random: 0, shared: 0 }, phones: [] })
    const learningRate = this.learningRate(round)
    const { digest, batches } = await cloud.step(round, learningRate)
    emit({ kind: 'update-applied', round, learningRate, source: 'cloud', guidedEnergy: null, randomEnergy: null, digest })
    this.schedule(round, clock.cloudStep(batches))
    this.hash.update(JSON.stringify([round, digest]))
    return clock.seconds
  }

  private async guide(round: number, up: readonly number[]): Promise<Guidance & CloudFacts> {
    const { controller, cloud, clock, layout, emit } = this.parts
    const sizes = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + size, 0))
    // Without an adapter a block has nothing to send.
    const order = sizes.map((_, layer) => layer).filter((layer) => sizes[layer]! > 0)
    const decision = controller.choose({
      round,
      layers: order.toReversed().map((layer) => ({
        layer,
        values: sizes[layer]!,
        sensitivity: this.layerSquaredNorms[layer]!,
        needSeconds: this.needSeconds[layer]!,
      })),
      links: up.map((phone) => ({ id: String(phone), goodputSamples: [clock.downGoodput(phone)] })),
      gradientNorm: Math.sqrt(this.layerSquaredNorms.reduce((sum, x) => sum + x, 0)),
      candidateBytes: (layer, bits) => layerCodeBytes(layout, layer, bits),
    })
    const bits = sizes.map((): Bits => 32 as Bits)
    decision.why.forEach((reason) => (bits[reason.layer] = reason.bits))
    const guidance = await cloud.guide(round, bits)
    this.layerSquaredNorms = guidance.layerSquaredNorms
    const why = sizes.map((_, layer) => decision.why.find((reason) => reason.layer === layer)?.words ?? '')
    emit({ kind: 'bits-chosen', round, bits, why, layerBytes: guidance.layerBytes })
    return guidance
  }

  private async evaluate(round: number): Promise<number> {
    const { accuracy, loss, rows } = await this.parts.cloud.evaluate()
    if (!Number.isFinite(loss)) {
      const advice = round === 0 ? 'the checkpoint gives none to begin with' : 'try a smaller learningRate or probeSize'
      throw new RunFailed(`round ${round}: the test loss is no number; ${advice}`)
    }
    this.parts.emit({ kind: 'evaluated', round, accuracy, loss, rows })
    this.hash.update(JSON.stringify([round, accuracy, loss]))
    return accuracy
  }

  /** Linear decay to 0 over the horizon. */
  private learningRate(round: number): number {
    const { method, stop } = this.parts.scenario
    const horizon = method.horizonRounds ?? stop.rounds
    return method.learningRate * Math.max(0, 1 - (round - 1) / horizon)
  }

  private schedule(round: number, { tasks, schedule, metrics }: SimulatedRound): void {
    const byId = new Map(schedule.entries.map((entry) => [entry.id, entry]))
    const spans = tasks.map(({ id, lane, kind, device, layer, bytes }): TaskSpan => {
      const { start, end } = byId.get(id)!
      return { id, lane, kind, device, layer, bytes, startSeconds: start, endSeconds: end }
    })
    this.parts.emit({
      kind: 'round-scheduled',
      round,
      startSeconds: schedule.startSeconds,
      endSeconds: this.parts.clock.seconds,
      tasks: spans,
      overlapRatio: metrics.overlapRatio ?? 0,
    })
  }
}

/** Code bytes of one direction's part in `layer`. */
function layerCodeBytes(layout: ParameterLayout, layer: number, bits: Bits): number {
  return layout.byLayer[layer]!.reduce((sum, parameter) => sum + segmentBytes(parameter, bits), 0)
}
