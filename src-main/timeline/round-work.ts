/**
 * The amounts that one round has to compute and to send, before a policy decides when. They are counted from graphs and messages and are plain data;
 * devices and links turn them into seconds. The policies know nothing of models, methods or profiles.
 */
import type { ProbesNeed } from '#shared/events/round-schedule.ts'

export interface CloudAmounts {
  /** Per layer, index = layer; all empty in a round without guidance. */
  readonly forwardFlop: readonly number[]
  readonly backwardFlop: readonly number[]
  /** Coding a layer's directions for sending; runs beside the cloud's forward and backward passes. */
  readonly encodeFlop: readonly number[]
}

export interface PhoneAmounts {
  readonly id: string
  /** Probes along guided directions, per layer; in a round without guidance any list of probes. */
  readonly probeFlop: readonly number[]
  /** Probes that wait for no direction (random ones). @default 0, no task */
  readonly unguidedProbeFlop?: number | undefined
  /** Messages of earlier rounds that it wasn't there for; it gets them before it probes. @default 0, no task */
  readonly missedBytes?: number | undefined
  /** The bytes of the phone's scalars. */
  readonly upBytes: number
  /** The server's coefficients for this phone. */
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
  /** Bytes of each layer's directions; a layer of 0 bytes sends nothing. Empty in a round without guidance. */
  readonly messageBytes: readonly number[]
  readonly phones: readonly PhoneAmounts[]
  /** Rectifying and aggregating on the server. */
  readonly serverFlop: number
  /** The server waits until this moment for answers that don't come. @default it goes on once it has all */
  readonly serverFromSeconds?: number | undefined
}

/** Seconds that a lane takes for `flop` when it begins at `startSeconds`; asked once per task, in the order in which the lane's tasks begin. */
export type ComputePace = (flop: number, startSeconds: number) => number

export interface PhoneWork extends PhoneAmounts {
  readonly pace: ComputePace
  /** Returns the seconds that `bytes` occupy the link when sent at `startSeconds` of virtual time, without latency. */
  readonly downSeconds: (bytes: number, startSeconds: number) => number
  readonly upSeconds: (bytes: number, startSeconds: number) => number
  /** Estimates `downSeconds` before anything is sent. @default next to nothing */
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
  /** Estimates `cloudPace` for a cold cloud; may be asked at any time. @default for ever */
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
