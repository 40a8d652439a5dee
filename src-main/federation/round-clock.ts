/** Charges every round to the virtual clock: FLOP from the graphs over the profile's rate, real message bytes over the link. */
import type { BatchShape, ModelFlops } from '#main/models/flops.ts'
import { LinkModel, type LinkProperties } from '#main/network/link.ts'
import { type ComputeProfile, computeCost } from '#main/timeline/cost-model.ts'
import type { CloudWork, PhoneWork } from '#main/timeline/round-work.ts'
import { ids, transfer, unguidedProbe, update } from '#main/timeline/policies/stages.ts'
import { simulate } from '#main/timeline/simulate.ts'
import type { Schedule, Task } from '#main/timeline/task.ts'
import { type PolicyName, type SimulatedRound, simulateRound } from '#main/timeline/simulate-round.ts'
import type { DeviceProfile } from '#shared/scenario/catalogue.ts'
import type { PhoneOverrides } from '#shared/scenario/fleet-schema.ts'
import { overriddenLink, overriddenProfile } from '#shared/scenario/overrides.ts'

export interface TimedPhone {
  readonly id: string
  readonly profile: DeviceProfile
  readonly link: LinkProperties
  /** The radio cell it shares its link with, if any. */
  readonly cell?: string | undefined
}

/** What one phone did in a round. */
export interface PhoneFacts {
  readonly phone: number
  /** Forward passes along guided directions and along others, batch by batch. */
  readonly work: readonly (BatchShape & { readonly guidedPasses: number; readonly otherPasses: number })[]
  readonly bytesUp: number
  readonly updateBytes: number
  /** Of messages of earlier rounds that it gets first. @default 0 */
  readonly missedBytes?: number | undefined
}

/** One phone's answer outside of rounds. */
export interface TimedAnswer {
  readonly tasks: readonly Task[]
  readonly schedule: Schedule
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
  private readonly phones: TimedPhone[]
  private readonly links: LinkModel[]
  private readonly seed: number
  private readonly parameters: number
  private busy = new Map<string, number>()
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
    this.phones = [...phones]
    this.seed = seed
    this.parameters = parameters
    this.links = phones.map(({ id, link, cell }) => new LinkModel(cell ?? id, link, seed))
  }

  get seconds(): number {
    return this.now
  }

  /** Goodput of a phone's downlink now, bits per second: what a measurement of the last transfer would have given. */
  downGoodput(phone: number): number {
    return this.links[phone]!.goodputBitsPerSecond('down', this.now)
  }

  /** From now on a phone and its link have other numbers. A cell's link is the cell's: it changes for all of its phones. */
  tune(phone: number, change: PhoneOverrides): void {
    const { cell } = this.phones[phone]!
    this.phones.forEach((other, i) => {
      if (i !== phone && (cell === undefined || other.cell !== cell)) return
      const link = overriddenLink(other.link, change)
      this.phones[i] = { ...other, link, profile: i === phone ? overriddenProfile(other.profile, change) : other.profile }
      this.links[i] = new LinkModel(cell ?? other.id, link, this.seed)
    })
  }

  /** Nothing happens until then. */
  waitUntil(seconds: number): void {
    this.now = Math.max(this.now, seconds)
  }

  /**
   * Advances over a round. @param cloud null in a round without guidance @param serverFrom when the server stops waiting for answers that
   * don't come; unless given, all have come
   */
  round(cloud: CloudFacts | null, facts: readonly PhoneFacts[], serverFrom?: number): SimulatedRound {
    const simulated = this.simulate(cloud, facts, serverFrom)
    this.now = simulated.endSeconds
    return simulated
  }

  /** When a phone's answer would have arrived in a round that it is alone in. Nothing is charged. */
  arrival(cloud: CloudFacts | null, fact: PhoneFacts): number {
    const busy = new Map(this.busy)
    const { schedule } = this.simulate(cloud, [fact])
    this.busy = busy
    const answer = `${this.phones[fact.phone]!.id}/up/scalars`
    return schedule.entries.find(({ id }) => id === answer)!.available
  }

  /** A phone takes in what it missed, probes and answers, from `startSeconds` on. The clock stands still; the phone's heat is charged. */
  answer(fact: PhoneFacts, startSeconds: number): TimedAnswer {
    const phone = this.phoneWork(fact, false)
    const missed = transfer(phone, 'down', 'missed', fact.missedBytes ?? 0, [])
    const caughtUp = update(phone, [missed.id])
    const probes = unguidedProbe(phone, [caughtUp.id])
    const tasks = [missed, caughtUp, ...probes, transfer(phone, 'up', 'scalars', fact.bytesUp, ids([caughtUp, ...probes]))]
    return { tasks, schedule: simulate(tasks, startSeconds) }
  }

  /** The server updates the model at `startSeconds`. */
  serverUpdate(startSeconds: number): void {
    this.now = startSeconds + this.compute('cloud', this.cloud, UPDATE_FLOP_PER_ELEMENT * this.parameters)
  }

  private simulate(cloud: CloudFacts | null, facts: readonly PhoneFacts[], serverFromSeconds?: number): SimulatedRound {
    return simulateRound(
      {
        cloud: cloud ? this.cloudWork(cloud.batches) : { forwardSeconds: [], backwardSeconds: [], encodeSeconds: [] },
        messageBytes: cloud?.layerBytes ?? [],
        probesNeed: 'all-layers',
        phones: facts.map((fact) => this.phoneWork(fact, cloud !== null)),
        serverSeconds: this.compute('cloud', this.cloud, UPDATE_FLOP_PER_ELEMENT * this.parameters),
        serverFromSeconds,
      },
      this.policy,
      this.now,
    )
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
    const perLayer = (cost: (batch: BatchShape) => number[]): number[] =>
      perLayerSum(batches.map(cost)).map((flop) => this.compute('cloud', this.cloud, flop))
    const forwardSeconds = perLayer((batch) => this.flops.forward(batch, 1))
    const encodeSeconds = forwardSeconds.map(() =>
      this.compute('cloud', this.cloud, (UPDATE_FLOP_PER_ELEMENT * this.parameters) / forwardSeconds.length),
    )
    return { forwardSeconds, backwardSeconds: perLayer((batch) => this.flops.backward(batch)), encodeSeconds }
  }

  private phoneWork({ phone, work, bytesUp, updateBytes, missedBytes }: PhoneFacts, guidance: boolean): PhoneWork {
    const { id, profile, cell } = this.phones[phone]!
    const link = this.links[phone]!
    const seconds = (flop: number): number => this.compute(id, profile, flop)
    const guided = perLayerSum(work.map((batch) => this.flops.forward(batch, batch.guidedPasses)))
    const other = work.reduce((sum, batch) => sum + this.flops.forward(batch, batch.otherPasses).reduce((total, f) => total + f, 0), 0)
    return {
      id,
      downSeconds: (bytes, at) => link.sendingSeconds('down', bytes, at),
      upSeconds: (bytes, at) => link.sendingSeconds('up', bytes, at),
      latencySeconds: (way, endSeconds) => link.latencySeconds(way, endSeconds),
      cell,
      // Directions that span nothing are sent too, and then leave no layer to probe.
      probeSeconds: guidance || guided.some((flop) => flop > 0) ? guided.map(seconds) : [],
      unguidedProbeSeconds: other > 0 ? seconds(other) : 0,
      missedBytes,
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

/** @param costs one list of layers per batch */
function perLayerSum(costs: readonly (readonly number[])[]): number[] {
  return (costs[0] ?? []).map((_, layer) => costs.reduce((sum, cost) => sum + cost[layer]!, 0))
}
