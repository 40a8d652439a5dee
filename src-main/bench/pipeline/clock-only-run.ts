/** Rounds of a workload on the clock alone: nothing is computed or sent, everything is counted as a run would. */
import { GuidanceSource } from '#main/federation/guidance-source.ts'
import { Hardware, type TimedPhone } from '#main/federation/hardware.ts'
import { type CloudFacts, type PhoneFacts, RoundClock } from '#main/federation/round-clock.ts'
import type { TimedRound } from '#main/federation/timed-round.ts'
import type { RoundPlan } from '#main/federation/methods/method.ts'
import { basis } from '#main/wire/direction-request.ts'
import { isBits, segmentBytes } from '#main/wire/quantise.ts'
import { scalarsFrameBytes } from '#main/wire/scalars-frame.ts'
import { topKSegmentBytes } from '#main/wire/topk.ts'
import type { CompressionController, Decision } from '#main/network/controller/decision.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import type { GuideOptions, Guidance } from '#main/workers/protocol/cloud-guidance.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'
import type { PipelineWorkload } from './workloads.ts'

interface ClockOnlySetting {
  readonly policy: PolicyName
  readonly controller: CompressionController
  /** True if each direction is confined to a layer. */
  readonly blockwise: boolean
  /** Phones probe along the directions of the round before. */
  readonly stale: boolean
}

export interface ClockOnlyRound extends TimedRound {
  readonly decision: Decision
  /** The bytes of the directions to each phone. */
  readonly bytes: number
}

const MOST_DIRECTIONS = 8
const UPDATE_BYTES = 200
/** The bytes of a direction beside its code: its header, and its products with those of a full pool. */
const FRAME_BYTES = 24 + 14 + 8 * MOST_DIRECTIONS

export class ClockOnlyRun {
  private readonly workload: PipelineWorkload
  private readonly setting: ClockOnlySetting
  private readonly clock: RoundClock
  private readonly guidance: GuidanceSource
  private readonly phones: readonly number[]
  private readonly plan: RoundPlan
  private round = 0

  constructor(workload: PipelineWorkload, cloud: DeviceProfile, phones: readonly TimedPhone[], setting: ClockOnlySetting, seed = 1) {
    const { batch, cloudBatches, layout, flops, classes } = workload
    this.workload = workload
    this.setting = setting
    this.phones = phones.map((_, phone) => phone)
    this.clock = new RoundClock(flops, setting.policy, new Hardware(cloud, phones, seed), layout.size)
    const { blockwise } = setting
    this.plan = { guidance: true, directions: [basis(blockwise)] }
    const cloudBatchSize = cloudBatches.reduce((sum, { sequences }) => sum + sequences, 0)
    this.guidance = new GuidanceSource({
      scenario: parseScenario(
        {
          model: { checkpoint: 'none', maxLength: batch.tokens },
          data: { train: { path: 'none' } },
          method: { kind: 'cooper', batchSize: batch.sequences, cloudBatchSize },
          fleet: [{ profile: 'none' }],
        },
        'bench pipeline',
      ),
      layout,
      clock: this.clock,
      controller: setting.controller,
      emit: () => {},
      directionsPerRound: classes,
      cloud: { guide: async (_, bits, options) => this.counted(bits, options) },
    })
  }

  async next(): Promise<ClockOnlyRound> {
    const round = ++this.round
    const decision = this.guidance.decide(round, this.phones, this.plan, true)
    const stale = round > 1 && (this.setting.stale || decision.fallback?.kind === 'stale')
    const guidance = await this.guidance.guide(round, this.phones, decision, this.plan, stale)
    const facts = this.phones.map((phone) => this.factsOf(phone, guidance))
    this.guidance.learn(facts)
    return { ...this.clock.round(guidance, facts), decision, bytes: guidance?.layerBytes.reduce((sum, x) => sum + x, 0) ?? 0 }
  }

  /** Counts a phone's work; without directions it makes as many probes along random ones. */
  private factsOf(phone: number, guidance: CloudFacts | null): PhoneFacts {
    const { batch, classes } = this.workload
    const directions = Math.min(MOST_DIRECTIONS, 2 * classes)
    const [guidedPasses, otherPasses] = guidance ? [2 * directions, 0] : [0, 2 * directions]
    return {
      phone,
      work: [{ ...batch, guidedPasses, otherPasses }],
      bytesUp: scalarsFrameBytes(2 * directions),
      updateBytes: UPDATE_BYTES,
    }
  }

  private counted(bits: readonly number[], { keptShare }: GuideOptions = {}): Guidance {
    const { layout, classes, cloudBatches } = this.workload
    const layerBytes = layout.byLayer.map((parameters, layer) => {
      const width = bits[layer]!
      const coded = parameters.map((parameter) => {
        if (keptShare !== undefined) return topKSegmentBytes(parameter, Math.ceil(keptShare * parameter.size))
        if (!isBits(width)) throw new Error(`${width} bits`)
        return segmentBytes(parameter, width)
      })
      return classes * coded.reduce((sum, bytes) => sum + bytes, 0)
    })
    const lowest = layerBytes.findIndex((bytes) => bytes > 0)
    layerBytes[lowest] = layerBytes[lowest]! + classes * FRAME_BYTES
    const frames = Array.from({ length: classes }, () => new Uint8Array(0))
    // Every layer's gradient is taken to be as long as the layer has values.
    const layerSquaredNorms = layout.byLayer.map((parameters) => parameters.reduce((sum, { size }) => sum + size, 0))
    return { frames, layerBytes, layerSquaredNorms, loss: 1, batches: cloudBatches }
  }
}
