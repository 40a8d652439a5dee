/** The directions of a round: bits per layer from the compression controller, then the cloud's gradients coded with them. */
import type { BitsReason, LinkEstimate } from '#shared/events/event.ts'
import type { Bits } from '#main/network/codec/quantise.ts'
import { segmentBytes } from '#main/network/codec/quantise.ts'
import { CAUTIOUS_QUANTILE, quantile } from '#main/network/controller/bandwidth-estimate.ts'
import type { Decision, LayerReason } from '#main/network/controller/decision.ts'
import type { BatchShape } from '#main/models/flops.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { Guidance } from '#main/workers/commands.ts'
import type { CloudFacts, PhoneFacts, RoundNeeds } from './round-clock.ts'
import type { RunParts } from './run-parts.ts'

export class GuidanceSource {
  private readonly parts: RunParts
  private layerSquaredNorms: readonly number[]
  /** What the cloud and each phone did last, as the best guess of what they will do. */
  private batches: readonly BatchShape[]
  private readonly facts = new Map<number, PhoneFacts>()
  private sent = 0

  constructor(parts: RunParts) {
    const { model, method } = parts.scenario
    this.parts = parts
    this.layerSquaredNorms = parts.layout.byLayer.map(() => 1)
    this.batches = [{ sequences: 'cloudBatchSize' in method ? method.cloudBatchSize : 1, tokens: model.maxLength }]
  }

  /** Directions that were sent since the run began. */
  get directions(): number {
    return this.sent
  }

  /** By when directions should arrive follows what phones computed. */
  learn(facts: readonly PhoneFacts[]): void {
    for (const fact of facts) this.facts.set(fact.phone, fact)
  }

  /** @param phones that the directions are for */
  async guide(round: number, phones: readonly number[]): Promise<Guidance & CloudFacts> {
    const { controller, cloud, clock, layout, emit } = this.parts
    const sizes = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + size, 0))
    // Without an adapter a block has nothing to send.
    const order = sizes.map((_, layer) => layer).filter((layer) => sizes[layer]! > 0)
    const sending = order.toReversed()
    const needs = this.needs(phones)
    const samples = phones.map((phone) => clock.goodput.shared(phone, phones))
    const decision = controller.choose({
      round,
      layers: sending.map((layer) => ({
        layer,
        values: sizes[layer]!,
        sensitivity: this.layerSquaredNorms[layer]!,
        needSeconds: Math.min(...needs.phones.map((need) => need[layer]!)),
      })),
      links: phones.map((phone, i) => ({
        id: String(phone),
        goodputSamples: samples[i]!,
        needSeconds: sending.map((layer) => needs.phones[i]![layer]!),
      })),
      roundSeconds: needs.roundSeconds,
      gradientNorm: Math.sqrt(this.layerSquaredNorms.reduce((sum, x) => sum + x, 0)),
      candidateBytes: (layer, bits) => layerCodeBytes(layout, layer, bits),
    })
    const bits = sizes.map((): Bits => 32 as Bits)
    decision.why.forEach((reason) => (bits[reason.layer] = reason.bits))
    const guidance = await cloud.guide(round, bits)
    this.layerSquaredNorms = guidance.layerSquaredNorms
    this.batches = guidance.batches
    this.sent += guidance.frames.length
    const why = sizes.map((_, layer) => decision.why.find((reason) => reason.layer === layer)?.words ?? '')
    const links = phones.map((phone, i): LinkEstimate => ({
      phone,
      estimateBitsPerSecond: quantile(samples[i]!, CAUTIOUS_QUANTILE),
      goodputBitsPerSecond: clock.goodput.now(phone, clock.seconds),
    }))
    emit({ kind: 'bits-chosen', round, bits, why, layerBytes: guidance.layerBytes, reasons: reasonsOf(decision), links })
    return guidance
  }

  private needs(phones: readonly number[]): RoundNeeds {
    const { clock, scenario } = this.parts
    const { method, model } = scenario
    const known = [...this.facts.values()].at(-1)
    // Before anything was measured: a full batch along one direction of two classes, as the least a guided round can be.
    const batch = { sequences: 'batchSize' in method ? method.batchSize : 1, tokens: model.maxLength, guidedPasses: 4, otherPasses: 0 }
    const guess = known ?? { work: [batch], bytesUp: 0, updateBytes: 0 }
    return clock.needs(
      this.batches,
      phones.map((phone) => ({ ...guess, missedBytes: 0, ...this.facts.get(phone), phone })),
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

/** Code bytes of one direction's part in `layer`. */
function layerCodeBytes(layout: ParameterLayout, layer: number, bits: Bits): number {
  return layout.byLayer[layer]!.reduce((sum, parameter) => sum + segmentBytes(parameter, bits), 0)
}
