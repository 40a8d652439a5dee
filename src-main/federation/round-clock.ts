/** Charges every round to the virtual clock: the FLOP of the graphs at the profile's rate, and the real bytes of messages at the link's. */
import type { BatchShape, ModelFlops } from '#main/models/model-flops.ts'
import { needTimes } from '#main/timeline/need-times.ts'
import type { CloudAmounts, PhoneAmounts, RoundAmounts } from '#main/timeline/round-work.ts'
import { ids, transfer, unguidedProbe, update } from '#main/timeline/policies/stages.ts'
import { simulate } from '#main/timeline/simulate.ts'
import { taskId } from '#main/timeline/task-id.ts'
import type { Schedule, Task } from '#main/timeline/task.ts'
import { LinkCut } from '#main/network/link-cut.ts'
import { POLICIES } from '#main/timeline/policies/index.ts'
import { simulateRound } from '#main/timeline/simulate-round.ts'
import type { DeviceState } from '#shared/events/device-state.ts'
import type { ProbesNeed } from '#shared/events/round-schedule.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'
import { type TimedRound, timeRound } from './timed-round.ts'
import { GoodputLog } from './goodput-log.ts'
import type { Hardware, HeatStates } from './hardware.ts'
import type { PhoneChange } from './steering.ts'

/** The facts of one phone's work in a round, for the clock. */
export interface PhoneFacts {
  readonly phone: number
  /** The forward passes along guided directions and along others, batch by batch. */
  readonly work: readonly (BatchShape & { readonly guidedPasses: number; readonly otherPasses: number })[]
  readonly bytesUp: number
  readonly updateBytes: number
  /** The bytes of missed messages that the phone gets first. @default 0 */
  readonly missedBytes?: number | undefined
}

/** The timing of one phone's answer outside of rounds. */
export interface TimedAnswer {
  readonly tasks: readonly Task[]
  readonly schedule: Schedule
}

export interface CloudFacts {
  readonly batches: readonly BatchShape[]
  /** The bytes of each layer's directions; the head is the last entry. */
  readonly layerBytes: readonly number[]
  /** The part of the directions that guided probes wait for. @default all layers: a direction of the subspace moves them together */
  readonly probesNeed?: ProbesNeed
}

export interface RoundNeeds {
  readonly roundSeconds: number
  /** The layers in the order in which they are sent. */
  readonly order: readonly number[]
  /**
   * The deadlines of each phone, in the order of the facts: per layer, seconds after the cloud begins to send in that order, without the link's
   * latency. (Later layers that are ready earlier may be sent before: they are not counted on.)
   */
  readonly phones: readonly (readonly number[])[]
}

/** The bytes of a message that is sent but takes no time. */
const NEXT_TO_NOTHING = 1e-9

/** The FLOP that applying an update takes per trainable element and direction. */
const UPDATE_FLOP_PER_ELEMENT = 16

export class RoundClock {
  readonly policy: PolicyName
  readonly goodput: GoodputLog
  private readonly flops: ModelFlops
  private readonly hardware: Hardware
  private readonly parameters: number
  private now = 0

  constructor(flops: ModelFlops, policy: PolicyName, hardware: Hardware, parameters: number) {
    this.flops = flops
    this.policy = policy
    this.hardware = hardware
    this.parameters = parameters
    this.goodput = new GoodputLog(hardware)
  }

  get seconds(): number {
    return this.now
  }

  /**
   * Changes the numbers of a phone and its link from now on. Earlier measurements of the link stay: the run has to notice the change by measuring.
   * @returns the changes phone by phone: all phones of a cell have its link
   */
  tune(change: PhoneChange): ReturnType<Hardware['tune']> {
    return this.hardware.tune(change)
  }

  phoneId(phone: number): string {
    return this.hardware.phone(phone).id
  }

  /** Advances the clock over a time in which nothing happens. */
  waitUntil(seconds: number): void {
    this.now = Math.max(this.now, seconds)
  }

  /**
   * Advances the clock over a round. @param cloud null in a round without guidance @param serverFrom the time at which the server stops waiting for
   * answers that don't come; undefined if all came
   */
  round(cloud: CloudFacts | null, facts: readonly PhoneFacts[], serverFrom?: number): TimedRound {
    const timed = timeRound(this.hardware, this.amounts(cloud, facts, serverFrom), this.policy, this.now)
    this.now = timed.endSeconds
    for (const { phone } of facts) this.goodput.learn(phone, timed.tasks, timed.schedule)
    return timed
  }

  /** Returns when a phone's answer would have arrived in a round that it is alone in; Infinity if its link never delivers it. Nothing is charged. */
  arrival(cloud: CloudFacts | null, fact: PhoneFacts): number {
    try {
      const { schedule } = this.hardware.trial(() => simulateRound(this.hardware.work(this.amounts(cloud, [fact])), this.policy, this.now))
      const answer = taskId(this.phoneId(fact.phone), { kind: 'transfer-up', message: 'scalars' })
      return schedule.entries.find(({ id }) => id === answer)!.available
    } catch (error) {
      if (error instanceof LinkCut) return Infinity
      throw error
    }
  }

  /** Times a phone that takes in what it missed, probes and answers, from `startSeconds` on. The phone warms up, and the clock stays where it is. */
  answer(fact: PhoneFacts, startSeconds: number): TimedAnswer {
    const [phone] = this.hardware.work(this.amounts(null, [fact])).phones
    const missed = transfer(phone!, 'down', 'missed', fact.missedBytes ?? 0, [])
    const caughtUp = update(phone!, [missed.id])
    const probes = unguidedProbe(phone!, [caughtUp.id])
    const tasks = [missed, caughtUp, ...probes, transfer(phone!, 'up', 'scalars', fact.bytesUp, ids([caughtUp, ...probes]))]
    return { tasks, schedule: simulate(tasks, startSeconds) }
  }

  /**
   * Computes by when a round like this needs its directions: the round is simulated as if they arrived at once, on links as they were last measured;
   * a layer's deadline for a phone is how much later it could arrive without making that round longer.
   */
  needs(batches: readonly BatchShape[], facts: readonly PhoneFacts[], probesNeed: ProbesNeed): RoundNeeds {
    const layers = this.flops.forward({ sequences: 1, tokens: 1 }, 1)
    const amounts = this.amounts({ batches, layerBytes: layers.map(() => NEXT_TO_NOTHING), probesNeed }, facts)
    const { tasks, schedule } = this.hardware.trial(() =>
      simulateRound(
        this.hardware.expectedWork(amounts, (phone) => this.goodput.samples(phone).at(-1)!),
        this.policy,
        this.now,
      ),
    )
    const upwards = POLICIES[this.policy].lowestFirst === true && probesNeed === 'all-layers'
    const needs = needTimes(tasks, schedule, (lane) => upwards && lane.endsWith('/downlink'))
    const entries = new Map(schedule.entries.map((entry) => [entry.id, entry]))
    const messages = tasks.filter(({ message }) => message === 'directions')
    const ready = messages.map(({ id }) => entries.get(id)!.start)
    const began = upwards ? Math.max(...ready) : Math.min(...ready)
    const phones = facts.map(({ phone }) => {
      const link = this.hardware.link(phone)
      const need = (id: string): number => Math.max(0, needs.get(id)! - link.nominalLatencySeconds - began)
      const directions = (layer?: number): string => taskId(this.phoneId(phone), { kind: 'transfer-down', message: 'directions', layer })
      return layers.map((_, layer) => need(needs.has(directions()) ? directions() : directions(layer)))
    })
    const order = layers.map((_, layer) => layer)
    return { roundSeconds: schedule.makespanSeconds, order: upwards ? order : order.reverse(), phones }
  }

  /** Charges the server for updating the model at `startSeconds`. */
  serverUpdate(startSeconds: number): void {
    this.now = startSeconds + this.hardware.cloudSeconds(this.updateFlop, startSeconds)
  }

  get heat(): HeatStates {
    return this.hardware.heat
  }

  /** Describes the cloud and some phones as they are now. @param before their heat and energy at the last description */
  devices(facts: readonly Pick<PhoneFacts, 'phone'>[], before: HeatStates): DeviceState[] {
    const phones = facts.map(({ phone }) => this.hardware.phone(phone).id)
    return this.hardware.describe(phones, before, this.now)
  }

  /** Times a step of the cloud alone. */
  cloudStep(batches: readonly BatchShape[]): TimedRound {
    return this.round({ batches, layerBytes: this.flops.forward({ sequences: 1, tokens: 1 }, 1).map(() => 0) }, [])
  }

  private get updateFlop(): number {
    return UPDATE_FLOP_PER_ELEMENT * this.parameters
  }

  private amounts(cloud: CloudFacts | null, facts: readonly PhoneFacts[], serverFromSeconds?: number): RoundAmounts {
    return {
      cloud: cloud ? this.cloudAmounts(cloud.batches) : { forwardFlop: [], backwardFlop: [], encodeFlop: [] },
      messageBytes: cloud?.layerBytes ?? [],
      probesNeed: cloud?.probesNeed ?? 'all-layers',
      phones: facts.map((fact) => this.phoneAmounts(fact, cloud !== null)),
      serverFlop: this.updateFlop,
      serverFromSeconds,
    }
  }

  private cloudAmounts(batches: readonly BatchShape[]): CloudAmounts {
    const forwardFlop = perLayerSum(batches.map((batch) => this.flops.forward(batch, 1)))
    const backwardFlop = perLayerSum(batches.map((batch) => this.flops.backward(batch)))
    return { forwardFlop, backwardFlop, encodeFlop: forwardFlop.map(() => this.updateFlop / forwardFlop.length) }
  }

  private phoneAmounts({ phone, work, bytesUp, updateBytes, missedBytes }: PhoneFacts, guidance: boolean): PhoneAmounts {
    const guided = perLayerSum(work.map((batch) => this.flops.forward(batch, batch.guidedPasses)))
    const other = work.reduce((sum, batch) => sum + this.flops.forward(batch, batch.otherPasses).reduce((total, f) => total + f, 0), 0)
    return {
      id: this.hardware.phone(phone).id,
      // Guided directions may span nothing; then there is no guided work on any layer.
      probeFlop: guidance || guided.some((flop) => flop > 0) ? guided : [],
      unguidedProbeFlop: other,
      missedBytes,
      upBytes: bytesUp,
      updateDownBytes: updateBytes,
      updateFlop: this.updateFlop,
    }
  }
}

/** @param costs per batch, one cost for each layer @returns the sum over batches, layer by layer */
function perLayerSum(costs: readonly (readonly number[])[]): number[] {
  return (costs[0] ?? []).map((_, layer) => costs.reduce((sum, cost) => sum + cost[layer]!, 0))
}
