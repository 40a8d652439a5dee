/**
 * Computes how long a message takes on a phone's link, in virtual time.
 *
 *     goodput  = min(bandwidth, MSS / RTT * 1.22 / sqrt(loss)), 0 while disconnected                     (Mathis et al. 1997)
 *     transfer = the time in which goodput adds up to bytes * 8, + RTT / 2 + jitter
 *
 * The bandwidth is constant, lognormal around its median from second to second, or a recorded trace; disconnections interrupt all three.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { MOST_SECONDS } from '#shared/units/virtual-time-bounds.ts'
import { LEAST_OUTAGE_SECONDS } from '#shared/scenario/outages-schema.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'
import {
  type Bandwidth,
  type BandwidthTrace,
  type LinkDirection,
  constantBandwidth,
  directions,
  lognormalBandwidth,
  tracedBandwidth,
} from './bandwidth.ts'
import { LinkCut } from './link-cut.ts'
import { type OutageMeans, Outages } from './outages.ts'

export type { LinkDirection }

export interface LinkProperties {
  readonly downBitsPerSecond: number
  readonly upBitsPerSecond: number
  readonly roundTripSeconds: number
  /** The share of packets lost, from 0 to below 1. */
  readonly lossRate: number
  /** The standard deviation of the logarithm of the bandwidth from second to second. @default 0 (constant) */
  readonly sigma?: number | undefined
  /** The mean time that a round trip takes beyond `roundTripSeconds`. @default 0 */
  readonly jitterSeconds?: number | undefined
  /** The mean times connected and disconnected. @default never disconnected */
  readonly outages?: OutageMeans | undefined
  /** A recorded bandwidth, in place of the median and sigma. */
  readonly trace?: BandwidthTrace | undefined
  /** A recording of the uplink, if `trace` is of the downlink only. */
  readonly traceUp?: BandwidthTrace | undefined
}

/** Payload of a TCP segment on Ethernet-sized packets. */
const SEGMENT_BITS = 1460 * 8
const MATHIS_CONSTANT = 1.22

const LONGEST_ROUND_TRIP_SECONDS = 3600
/** The longest time that a message may take, 30 days. A longer one counts as never delivered. */
const LONGEST_SENDING_SECONDS = 30 * 86_400
/** The most changes of bandwidth during one message, since they are looked at one by one. */
const MOST_CHANGES = 1e7

export class LinkModel {
  readonly id: string
  private readonly properties: LinkProperties
  private readonly seed: number
  private readonly lossLimit: number
  private readonly bandwidth: Bandwidth
  private readonly outages: Outages | null

  /** @throws InputError if a property is missing or out of range, since a link of unknown speed must not look like an infinitely fast one */
  constructor(id: string, properties: LinkProperties, seed: number) {
    const { downBitsPerSecond, upBitsPerSecond, roundTripSeconds, lossRate, sigma, jitterSeconds, outages, trace, traceUp } = properties
    positive(`link ${id}: downBitsPerSecond`, downBitsPerSecond, 'bits per second above 0')
    positive(`link ${id}: upBitsPerSecond`, upBitsPerSecond, 'bits per second above 0')
    within(`link ${id}: roundTripSeconds`, roundTripSeconds, LONGEST_ROUND_TRIP_SECONDS, 'seconds from 0 to below an hour')
    within(`link ${id}: lossRate`, lossRate, 1, 'a share from 0 to below 1')
    within(`link ${id}: sigma`, sigma ?? 0, Infinity, '0 (constant bandwidth) or more')
    within(`link ${id}: jitterSeconds`, jitterSeconds ?? 0, LONGEST_ROUND_TRIP_SECONDS, 'seconds from 0 to below an hour')
    for (const key of ['upSeconds', 'downSeconds'] as const) {
      const mean = outages?.[key]
      if (mean !== undefined && !(mean >= LEAST_OUTAGE_SECONDS && mean <= MOST_SECONDS))
        throw new InputError(`link ${id}: outages.${key}`, String(mean), `seconds from ${LEAST_OUTAGE_SECONDS} to ${MOST_SECONDS}`)
    }
    this.id = id
    this.properties = properties
    this.seed = seed
    this.lossLimit = lossRate === 0 ? Infinity : ((SEGMENT_BITS / roundTripSeconds) * MATHIS_CONSTANT) / Math.sqrt(lossRate)
    const medians = { down: downBitsPerSecond, up: upBitsPerSecond }
    this.bandwidth = trace
      ? recorded(id, trace, traceUp)
      : sigma
        ? lognormalBandwidth(medians, sigma, seed, id)
        : constantBandwidth(medians)
    this.outages = outages ? new Outages(outages, seed, id) : null
  }

  /** Returns the one-way delay of the last bit of a message whose sending ends at `atSeconds`; it does not occupy the link. */
  latencySeconds(direction: LinkDirection, atSeconds: number): number {
    const { roundTripSeconds, jitterSeconds } = this.properties
    if (!jitterSeconds) return roundTripSeconds / 2
    const draw = new Stream(deriveKey(this.seed, 'jitter', this.id, direction, String(atSeconds))).uniform()
    return (roundTripSeconds - jitterSeconds * Math.log(1 - draw)) / 2
  }

  /** Returns the goodput at the median bandwidth, which is the estimate before the first measurement. */
  nominalBitsPerSecond(direction: LinkDirection): number {
    const { downBitsPerSecond, upBitsPerSecond } = this.properties
    return Math.min(direction === 'down' ? downBitsPerSecond : upBitsPerSecond, this.lossLimit)
  }

  /** The one-way delay without jitter. */
  get nominalLatencySeconds(): number {
    return this.properties.roundTripSeconds / 2
  }

  /** Returns the goodput at a time; 0 while disconnected. */
  goodputBitsPerSecond(direction: LinkDirection, atSeconds: number): number {
    if (this.outages && !this.outages.at(atSeconds).connected) return 0
    return Math.min(this.bandwidth.at(direction, atSeconds), this.lossLimit)
  }

  /** Returns the seconds from the first bit sent at `atSeconds` to the last bit received. */
  transferSeconds(direction: LinkDirection, bytes: number, atSeconds: number): number {
    const sending = this.sendingSeconds(direction, bytes, atSeconds)
    return sending + this.latencySeconds(direction, atSeconds + sending)
  }

  /** Returns the seconds from the first bit sent at `atSeconds` to the last bit sent, during which the link is occupied. */
  sendingSeconds(direction: LinkDirection, bytes: number, atSeconds: number): number {
    if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`link ${this.id}: a message of ${bytes} bytes`)
    if (!(atSeconds >= 0 && Number.isFinite(atSeconds))) throw new RangeError(`link ${this.id}: a message at ${atSeconds} s`)
    if (atSeconds > MOST_SECONDS) throw new LinkCut(this.id, bytes, `${MOST_SECONDS} s of virtual time`)
    let bits = bytes * 8
    let now = atSeconds
    const cut = (after: string): LinkCut => new LinkCut(this.id, bytes, after)
    for (let changes = 0; ; changes++) {
      if (changes > MOST_CHANGES) throw cut(`${MOST_CHANGES} changes of bandwidth`)
      if (now - atSeconds > LONGEST_SENDING_SECONDS) throw cut('30 days')
      const rate = this.goodputBitsPerSecond(direction, now)
      const until = Math.min(this.bandwidth.validUntil(now), this.outages?.at(now).until ?? Infinity)
      const capacity = rate * (until - now)
      if (until === Infinity || bits <= capacity) {
        const seconds = now - atSeconds + (bits === 0 ? 0 : bits / rate)
        if (!(seconds <= LONGEST_SENDING_SECONDS)) throw cut('30 days')
        return seconds
      }
      bits -= capacity
      now = until
    }
  }
}

function recorded(id: string, trace: BandwidthTrace, up: BandwidthTrace | undefined): Bandwidth {
  const both = tracedBandwidth(trace, `link ${id}: trace`)
  return up ? directions(both, tracedBandwidth(up, `link ${id}: traceUp`)) : both
}

function positive(where: string, value: number | undefined, expected: string): void {
  if (value === undefined || !(value > 0 && Number.isFinite(value))) throw new InputError(where, String(value), expected)
}

function within(where: string, value: number | undefined, below: number, expected: string): void {
  if (value === undefined || !(value >= 0 && value < below)) throw new InputError(where, String(value), expected)
}
