/** Charges every round to the virtual clock: FLOP from the graphs over the profile's rate, real message bytes over the link. */
import type { BatchShape, ModelFlops } from '#main/models/flops.ts'
import { LinkModel } from '#main/network/link.ts'
import { type ComputeProfile, computeCost } from '#main/timeline/cost-model.ts'
import type { CloudWork, PhoneWork } from '#main/timeline/round-work.ts'
import { type PolicyName, type SimulatedRound, simulateRound } from '#main/timeline/simulate-round.ts'
import type { DeviceProfile, LinkProfile } from '#shared/scenario/catalogue.ts'

export interface TimedPhone {
  readonly id: string
  readonly profile: DeviceProfile
  readonly link: LinkProfile
}

/** What one phone did in a round. */
export interface PhoneFacts {
  readonly phone: number
  readonly batch: BatchShape
  /** Forward passes along guided directions, and along others. */
  readonly guidedPasses: number
  readonly otherPasses: number
  readonly bytesUp: number
  readonly updateBytes: number
}

export interface CloudFacts {
  readonly batches: readonly BatchShape[]
  /** Bytes of each layer's directions; the head is the last entry. */
  readonly layerBytes: readonly number[]
}

/** Applying the update touches every trainable element a few times: multiply-adds per element and direction. */
const UPDATE_FLOP_PER_ELEMENT = 16

export class RoundClock {
  private readonly flops: ModelFlops
  private readonly policy: PolicyName
  private readonly cloud: DeviceProfile
  private readonly phones: readonly TimedPhone[]
  private readonly links: readonly LinkModel[]
  private readonly parameters: number
  private readonly busy = new Map<string, number>()
  private now = 0

  constructor(
    flops: ModelFlops,
    policy: PolicyName,
    cloud: DeviceProfile,
    phones: readonly TimedPhone[],
    parameters: number,
    seed: number,
  ) {
    this.flops = flops
    this.policy = policy
    this.cloud = cloud
    this.phones = phones
    this.parameters = parameters
    this.links = phones.map(({ id, link }) => new LinkModel(id, link, seed))
  }

  get seconds(): number {
    return this.now
  }

  /** Goodput of a phone's downlink now, bits per second: what a measurement of the last transfer would have given. */
  downGoodput(phone: number): number {
    return this.links[phone]!.goodputBitsPerSecond('down', this.now)
  }

  /** Advances over a round. @param cloud null in a round without guidance */
  round(cloud: CloudFacts | null, facts: readonly PhoneFacts[]): SimulatedRound {
    const simulated = simulateRound(
      {
        cloud: cloud ? this.cloudWork(cloud.batches) : { forwardSeconds: [], backwardSeconds: [], encodeSeconds: [] },
        messageBytes: cloud?.layerBytes ?? [],
        phones: facts.map((fact) => this.phoneWork(fact, cloud !== null)),
        serverSeconds: this.compute('cloud', this.cloud, UPDATE_FLOP_PER_ELEMENT * this.parameters),
      },
      this.policy,
      this.now,
    )
    this.now = simulated.endSeconds
    return simulated
  }

  /**
   * By when each layer's directions should have arrived, seconds after sending began: receiving may take as long as the fastest phone
   * computes in a round, in equal parts. Layers are sent from the last to the first, as backpropagation reaches them.
   */
  needSeconds(batch: BatchShape, passes: number): number[] {
    const flop = this.flops.forward(batch, passes)
    const computing = flop.reduce((sum, f) => sum + f, 0) / (Math.max(...this.phones.map(({ profile }) => profile.gflops)) * 1e9)
    return flop.map((_, layer) => (computing * (flop.length - layer)) / flop.length)
  }

  /** A step of the cloud alone. */
  cloudStep(batches: readonly BatchShape[]): SimulatedRound {
    return this.round({ batches, layerBytes: this.flops.forward({ sequences: 1, tokens: 1 }, 1).map(() => 0) }, [])
  }

  private cloudWork(batches: readonly BatchShape[]): CloudWork {
    const perLayer = (cost: (batch: BatchShape) => number[]): number[] => {
      const all = batches.map(cost)
      const layers = all[0]?.length ?? 0
      return Array.from({ length: layers }, (_, layer) =>
        this.compute(
          'cloud',
          this.cloud,
          all.reduce((sum, flop) => sum + flop[layer]!, 0),
        ),
      )
    }
    const forwardSeconds = perLayer((batch) => this.flops.forward(batch, 1))
    const encodeSeconds = forwardSeconds.map(() =>
      this.compute('cloud', this.cloud, (UPDATE_FLOP_PER_ELEMENT * this.parameters) / forwardSeconds.length),
    )
    return { forwardSeconds, backwardSeconds: perLayer((batch) => this.flops.backward(batch)), encodeSeconds }
  }

  private phoneWork({ phone, batch, guidedPasses, otherPasses, bytesUp, updateBytes }: PhoneFacts, guidance: boolean): PhoneWork {
    const { id, profile } = this.phones[phone]!
    const link = this.links[phone]!
    const seconds = (flop: number): number => this.compute(id, profile, flop)
    return {
      id,
      downSeconds: (bytes, at) => link.sendingSeconds('down', bytes, at),
      upSeconds: (bytes, at) => link.sendingSeconds('up', bytes, at),
      latencySeconds: link.latencySeconds,
      // Directions that span nothing are sent too, and then leave no layer to probe.
      probeSeconds: guidedPasses > 0 || guidance ? this.flops.forward(batch, guidedPasses).map(seconds) : [],
      unguidedProbeSeconds: otherPasses > 0 ? seconds(this.flops.forward(batch, otherPasses).reduce((sum, f) => sum + f, 0)) : 0,
      upBytes: bytesUp,
      updateDownBytes: updateBytes,
      updateSeconds: seconds(UPDATE_FLOP_PER_ELEMENT * this.parameters),
    }
  }

  /** Seconds of a computation, after what the device has computed so far. */
  private compute(id: string, profile: DeviceProfile, flop: number): number {
    const busy = this.busy.get(id) ?? 0
    const { seconds } = computeCost(flop, computeProfile(profile), busy, `profile ${profile.id}`)
    this.busy.set(id, busy + seconds)
    return seconds
  }
}

function computeProfile({ gflops, thermal, energyJoulesPerGflop }: DeviceProfile): ComputeProfile {
  return { gflops, thermal: { hotShare: thermal.floor, tauSeconds: thermal.tauSeconds }, nanojoulesPerFlop: energyJoulesPerGflop }
}
