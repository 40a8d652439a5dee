/** The source of a round's guided directions: the compression controller chooses bits per layer, and the cloud codes its gradients with them. */
import type { BitsReason, LinkEstimate } from '#shared/events/bits-choice.ts'
import type { ProbesNeed } from '#shared/events/round-schedule.ts'
import { traitsOf } from '#shared/scenario/methods/index.ts'
import { basisAsked } from '#main/wire/direction-request.ts'
import { segmentBytes } from '#main/wire/quantise.ts'
import { topKSegmentBytes } from '#main/wire/topk.ts'
import { CAUTIOUS_QUANTILE, quantile } from '#main/network/controller/bandwidth-estimate.ts'
import type { Decision, LayerReason } from '#main/network/controller/decision.ts'
import type { BatchShape } from '#main/models/model-flops.ts'
import type { Parameter, ParameterLayout } from '#main/training/parameters.ts'
import type { Guidance } from '#main/workers/protocol/cloud-guidance.ts'
import type { RoundPlan } from './methods/method.ts'
import type { CloudFacts, PhoneFacts, RoundNeeds } from './round-clock.ts'
import type { Cloud, RunParts } from './run-parts.ts'

export type SentGuidance = Guidance & CloudFacts

/** The parts of a run that directions need. */
type GuidanceParts = Pick<RunParts, 'scenario' | 'layout' | 'clock' | 'controller' | 'emit' | 'directionsPerRound'> & {
  readonly cloud: Pick<Cloud, 'guide'>
}

export class GuidanceSource {
  private readonly parts: GuidanceParts
  private layerSquaredNorms: readonly number[]
  /** The last work of the cloud and of each phone, which is the best guess of their next. */
  private batches: readonly BatchShape[]
  private readonly facts = new Map<number, PhoneFacts>()
  private directionsPerRound: number
  private sent = 0

  constructor(parts: GuidanceParts) {
    const { model, method } = parts.scenario
    this.parts = parts
    this.layerSquaredNorms = parts.layout.byLayer.map(() => 1)
    this.directionsPerRound = parts.directionsPerRound ?? 1
    this.batches = [{ sequences: Math.max(1, traitsOf(method).cloudBatchSize), tokens: model.maxLength }]
  }

  /** The number of directions sent since the run began. */
  get directions(): number {
    return this.sent
  }

  /** Learns the work of the round. A layer's deadline is the moment the slowest phone will start computing it, estimated from the last rounds. */
  learn(facts: readonly PhoneFacts[]): void {
    for (const fact of facts) this.facts.set(fact.phone, fact)
  }

  /** @param phones the receivers of the directions @param canDoWithout whether the method has a round without directions */
  decide(round: number, phones: readonly number[], plan: RoundPlan, canDoWithout: boolean): Decision {
    const { controller, clock, layout } = this.parts
    const sizes = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + size, 0))
    const needs = this.needs(phones, plan)
    // A block without an adapter has nothing to send.
    const sending = needs.order.filter((layer) => sizes[layer]! > 0)
    return controller.choose({
      round,
      layers: sending.map((layer) => ({
        layer,
        values: sizes[layer]!,
        sensitivity: this.layerSquaredNorms[layer]!,
        needSeconds: Math.min(...needs.phones.map((need) => need[layer]!)),
      })),
      links: phones.map((phone, i) => ({
        id: clock.phoneId(phone),
        goodputSamples: clock.goodput.shared(phone, phones),
        needSeconds: sending.map((layer) => needs.phones[i]![layer]!),
      })),
      roundSeconds: needs.roundSeconds,
      gradientNorm: Math.sqrt(this.layerSquaredNorms.reduce((sum, x) => sum + x, 0)),
      candidateBytes: (layer, bits) => this.directionsPerRound * layerBytes(layout, layer, (parameter) => segmentBytes(parameter, bits)),
      sparseBytes: (layer, share) =>
        this.directionsPerRound * layerBytes(layout, layer, (parameter) => topKSegmentBytes(parameter, Math.ceil(share * parameter.size))),
      canBeStale: this.sent > 0,
      canDoWithout,
    })
  }

  /**
   * Has the cloud make new directions, coded as was decided.
   * @param hold true if the directions are for the next round: the cloud takes them in with `receive` only then
   * @returns null where none are sent
   */
  async guide(round: number, phones: readonly number[], decision: Decision, plan: RoundPlan, hold: boolean): Promise<SentGuidance | null> {
    const { cloud, layout } = this.parts
    const { fallback } = decision
    if (fallback?.kind === 'plain') {
      const nothing = layout.byLayer.map(() => 0)
      this.tell(round, phones, decision, nothing, nothing)
      return null
    }
    const bits = layout.byLayer.map((): number => 32)
    for (const reason of decision.why) bits[reason.layer] = reason.bits
    const keptShare = fallback?.kind === 'sparse' ? fallback.keptShare : undefined
    const guidance = await cloud.guide(round, bits, { ...(keptShare === undefined ? {} : { keptShare }), ...(hold ? { hold } : {}) })
    this.layerSquaredNorms = guidance.layerSquaredNorms
    this.batches = guidance.batches
    this.directionsPerRound = guidance.frames.length
    this.sent += guidance.frames.length
    const sentBits = keptShare === undefined ? bits : bitsPerValue(layout, guidance)
    this.tell(round, phones, decision, sentBits, guidance.layerBytes)
    return { ...guidance, probesNeed: hold ? 'nothing' : needOf(plan) }
  }

  private tell(round: number, phones: readonly number[], decision: Decision, bits: readonly number[], bytes: readonly number[]): void {
    const { clock, emit } = this.parts
    const { controller, fallback, waitSeconds, floorBits, why, links } = decision
    emit({
      kind: 'bits-chosen',
      round,
      bits,
      why: bits.map((_, layer) => why.find((reason) => reason.layer === layer)?.words ?? ''),
      layerBytes: bytes,
      reasons: reasonsOf(decision),
      links: phones.map((phone, i): LinkEstimate => ({
        phone,
        estimateBitsPerSecond: quantile(links[i]!.goodputSamples, CAUTIOUS_QUANTILE),
        goodputBitsPerSecond: clock.goodput.now(phone, phones, clock.seconds),
      })),
      controller,
      waitSeconds,
      floorBits,
      ...(fallback ? { fallback } : {}),
    })
  }

  private needs(phones: readonly number[], plan: RoundPlan): RoundNeeds {
    const { clock, scenario } = this.parts
    const { method, model } = scenario
    const known = [...this.facts.values()].at(-1)
    // Before the first round the work is a guess: a full batch along one direction of two classes, the least that a guided round can be.
    const batch = { sequences: Math.max(1, traitsOf(method).batchSize), tokens: model.maxLength, guidedPasses: 4, otherPasses: 0 }
    const guess = known ?? { work: [batch], bytesUp: 0, updateBytes: 0 }
    return clock.needs(
      this.batches,
      phones.map((phone) => ({ ...guess, ...this.facts.get(phone), missedBytes: 0, phone })),
      needOf(plan),
    )
  }
}

function reasonsOf({ why }: Decision): BitsReason[] {
  const finite = (seconds: number): number | null => (Number.isFinite(seconds) ? seconds : null)
  return why.map(({ values: _, needSeconds, deadlineSeconds, ...reason }: LayerReason) => ({
    ...reason,
    needSeconds: finite(needSeconds),
    deadlineSeconds: finite(deadlineSeconds),
  }))
}

/** Returns the part of the directions that a guided probe has to wait for. */
function needOf({ directions }: RoundPlan): ProbesNeed {
  return basisAsked(directions)?.layerwise ? 'own-layer' : 'all-layers'
}

function layerBytes(layout: ParameterLayout, layer: number, bytesOf: (parameter: Parameter) => number): number {
  return layout.byLayer[layer]!.reduce((sum, parameter) => sum + bytesOf(parameter), 0)
}

/** Returns the bits per value that were sent of each layer. */
function bitsPerValue({ byLayer }: ParameterLayout, guidance: Guidance): number[] {
  return byLayer.map((parameters, layer) => {
    const values = parameters.reduce((sum, { size }) => sum + size, 0)
    return values === 0 ? 0 : (8 * guidance.layerBytes[layer]!) / (values * guidance.frames.length)
  })
}
