/** The directions of a round: bits per layer from the compression controller, then the cloud's gradients coded with them. */
import type { Bits } from '#main/network/codec/quantise.ts'
import { segmentBytes } from '#main/network/codec/quantise.ts'
import type { ParameterLayout } from '#main/training/parameters.ts'
import type { Guidance } from '#main/workers/commands.ts'
import type { CloudFacts, PhoneFacts } from './round-clock.ts'
import type { RunParts } from './run-parts.ts'

export class GuidanceSource {
  private readonly parts: RunParts
  private layerSquaredNorms: readonly number[]
  private needSeconds: readonly number[]
  private sent = 0

  constructor(parts: RunParts) {
    this.parts = parts
    this.layerSquaredNorms = parts.layout.byLayer.map(() => 1)
    // Before anything was measured: a full batch along one direction of two classes, as the least a guided round can be.
    const { model, method } = parts.scenario
    this.needSeconds = 'batchSize' in method ? parts.clock.needSeconds({ sequences: method.batchSize, tokens: model.maxLength }, 4) : []
  }

  /** Directions that were sent since the run began. */
  get directions(): number {
    return this.sent
  }

  /** By when directions should arrive follows what the first phone that answered computed. */
  learn({ work: [first] }: PhoneFacts): void {
    this.needSeconds = this.parts.clock.needSeconds(first!, Math.max(1, first!.guidedPasses))
  }

  /** @param phones that the directions are for */
  async guide(round: number, phones: readonly number[]): Promise<Guidance & CloudFacts> {
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
      links: phones.map((phone) => ({ id: String(phone), goodputSamples: [clock.downGoodput(phone)] })),
      roundSeconds: 0,
      gradientNorm: Math.sqrt(this.layerSquaredNorms.reduce((sum, x) => sum + x, 0)),
      candidateBytes: (layer, bits) => layerCodeBytes(layout, layer, bits),
    })
    const bits = sizes.map((): Bits => 32 as Bits)
    decision.why.forEach((reason) => (bits[reason.layer] = reason.bits))
    const guidance = await cloud.guide(round, bits)
    this.layerSquaredNorms = guidance.layerSquaredNorms
    this.sent += guidance.frames.length
    const why = sizes.map((_, layer) => decision.why.find((reason) => reason.layer === layer)?.words ?? '')
    emit({ kind: 'bits-chosen', round, bits, why, layerBytes: guidance.layerBytes })
    return guidance
  }
}

/** Code bytes of one direction's part in `layer`. */
function layerCodeBytes(layout: ParameterLayout, layer: number, bits: Bits): number {
  return layout.byLayer[layer]!.reduce((sum, parameter) => sum + segmentBytes(parameter, bits), 0)
}
