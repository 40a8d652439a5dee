/**
 * The amounts that one round has to compute and to send, before a policy decides when. They are counted from graphs and messages and are plain data;
 * devices and links turn them into seconds. The policies know nothing of models, methods or profiles.
 */
import type { ProbesNeed } from '#shared/events/round-schedule.ts'

export interface CloudAmounts {
  /** The FLOP of each layer's forward pass. This list and those below are indexed by layer, and empty in a round without guidance. */
  readonly forwardFlop: readonly number[]
  readonly backwardFlop: readonly number[]
  /** The FLOP of coding each layer's directions, which runs beside the cloud's forward and backward passes. */
  readonly encodeFlop: readonly number[]
}

export interface PhoneAmounts {
  readonly id: string
  /** The FLOP of the probes along guided directions, by layer; in a round without guidance, that of any list of probes. */
  readonly probeFlop: readonly number[]
  /** The FLOP of probes that wait for no direction, since theirs are random. @default 0, no task */
  readonly unguidedProbeFlop?: number | undefined
  /** The bytes of earlier messages that the phone missed, which it gets before it probes. @default 0, no task */
  readonly missedBytes?: number | undefined
  /** The bytes of the phone's scalars. */
  readonly upBytes: number
  /** The bytes of the update that the server sends to the phone. */
  readonly updateDownBytes: number
  readonly updateFlop: number
}

export interface RoundAmounts {
  readonly cloud: CloudAmounts
  /**
   * The part of the directions that a phone must have received before it probes along them: the layer's own part (a direction is confined to one
   * layer), the parts of all layers (it moves them together), or nothing (this round's directions are for the next round's probes).
   */
  readonly probesNeed: ProbesNeed
  /** The bytes of each layer's directions; a layer of 0 bytes sends nothing. The list is empty in a round without guidance. */
  readonly messageBytes: readonly number[]
  readonly phones: readonly PhoneAmounts[]
  /** The FLOP of rectifying and aggregating on the server. */
  readonly serverFlop: number
  /** The time until which the server waits for answers that don't come. @default it goes on once it has all answers */
  readonly serverFromSeconds?: number | undefined
}

/** Returns the seconds that a lane takes for `flop` from `startSeconds` on. It is called once per task, in the order in which the lane's tasks begin. */
export type ComputePace = (flop: number, startSeconds: number) => number

export interface PhoneWork extends PhoneAmounts {
  readonly pace: ComputePace
  /** Returns the seconds that `bytes` occupy the link when sent at `startSeconds` of virtual time, without latency. */
  readonly downSeconds: (bytes: number, startSeconds: number) => number
  readonly upSeconds: (bytes: number, startSeconds: number) => number
  /** Estimates `downSeconds` before anything is sent. @default an estimate of almost 0 s */
  readonly expectedDownSeconds?: (bytes: number) => number
  /**
   * Returns the one-way delay of a message whose sending ends at `endSeconds`; it does not occupy the link.
   * @default 0 (or contained in the two above)
   */
  readonly latencySeconds?: (way: 'down' | 'up', endSeconds: number) => number
  /** The radio cell whose one downlink and one uplink it shares with other phones, one message at a time. @default a link of its own */
  readonly cell?: string | undefined
}

export interface RoundWork extends RoundAmounts {
  readonly cloudPace: ComputePace
  readonly encodePace: ComputePace
  /** Estimates `cloudPace` for a cold cloud. It may be called at any time. @default an estimate of Infinity */
  readonly expectedCloudSeconds?: (flop: number) => number
  readonly phones: readonly PhoneWork[]
}

/** Throws unless all lists agree on the number of layers. */
export function checkRoundWork(work: RoundAmounts): void {
  const layers = work.messageBytes.length
  for (const [name, list] of Object.entries(work.cloud) as [string, readonly number[]][]) {
    if (list.length !== layers) throw new RangeError(`cloud.${name} has ${list.length} layers; messageBytes has ${layers}`)
  }
  for (const [layer, bytes] of work.messageBytes.entries()) {
    if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`the message of layer ${layer} has ${bytes} bytes`)
  }
  for (const { id, probeFlop } of work.phones) {
    if (layers > 0 && probeFlop.length !== layers)
      throw new RangeError(`phone ${id} probes ${probeFlop.length} layers; messageBytes has ${layers}`)
  }
}
