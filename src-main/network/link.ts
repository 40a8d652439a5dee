/**
 * How long a message takes on a phone's link, in virtual time.
 *
 *     goodput  = min(bandwidth, MSS / RTT * 1.22 / sqrt(loss))                       (Mathis et al. 1997)
 *     transfer = bytes * 8 / goodput + RTT / 2
 *
 * With `sigma` > 0 the bandwidth of each virtual second is its median times exp(sigma * normal), drawn from the seed, the link and the
 * second alone and shared by both directions (they use one radio). A transfer integrates over those seconds exactly.
 */
import { InputError } from '#shared/errors/input-error.ts'
import { deriveKey, Stream } from '#shared/random/counter.ts'

export type LinkDirection = 'down' | 'up'

export interface LinkProperties {
  readonly downBitsPerSecond: number
  readonly upBitsPerSecond: number
  readonly roundTripSeconds: number
  /** Share of packets lost, 0 to below 1. */
  readonly lossRate: number
  /** Spread of the logarithm of the bandwidth from second to second. @default 0 (constant) */
  readonly sigma?: number
}

/** Payload of a TCP segment on Ethernet-sized packets. */
const SEGMENT_BITS = 1460 * 8
const MATHIS_CONSTANT = 1.22

export class LinkModel {
  readonly id: string
  private readonly properties: LinkProperties
  private readonly seed: number
  private readonly lossLimit: number

  /** Throws InputError if a property is missing or out of range: a link of unknown speed must not look like an infinitely fast one. */
  constructor(id: string, properties: LinkProperties, seed: number) {
    const { downBitsPerSecond, upBitsPerSecond, roundTripSeconds, lossRate, sigma } = properties
    positive(`link ${id}: downBitsPerSecond`, downBitsPerSecond)
    positive(`link ${id}: upBitsPerSecond`, upBitsPerSecond)
    within(`link ${id}: roundTripSeconds`, roundTripSeconds, Infinity, 'seconds, 0 or more')
    within(`link ${id}: lossRate`, lossRate, 1, 'a share from 0 to below 1')
    within(`link ${id}: sigma`, sigma ?? 0, Infinity, '0 (constant bandwidth) or more')
    this.id = id
    this.properties = properties
    this.seed = seed
    this.lossLimit = lossRate === 0 ? Infinity : ((SEGMENT_BITS / roundTripSeconds) * MATHIS_CONSTANT) / Math.sqrt(lossRate)
  }

  /** One-way delay of the last bit; it does not occupy the link. */
  get latencySeconds(): number {
    return this.properties.roundTripSeconds / 2
  }

  /** Goodput at the median bandwidth: what is expected of the link before anything was measured. */
  nominalBitsPerSecond(direction: LinkDirection): number {
    return Math.min(this.median(direction), this.lossLimit)
  }

  /** Goodput during the virtual second that `atSeconds` falls into. */
  goodputBitsPerSecond(direction: LinkDirection, atSeconds: number): number {
    const { sigma } = this.properties
    if (!sigma) return this.nominalBitsPerSecond(direction)
    const normal = new Stream(deriveKey(this.seed, 'link', this.id, Math.floor(atSeconds))).normal()
    return Math.min(this.median(direction) * Math.exp(sigma * normal), this.lossLimit)
  }

  /** From the first bit sent at `atSeconds` to the last bit received. */
  transferSeconds(direction: LinkDirection, bytes: number, atSeconds: number): number {
    return this.sendingSeconds(direction, bytes, atSeconds) + this.latencySeconds
  }

  /** From the first bit sent at `atSeconds` to the last bit sent: how long the link is occupied. */
  sendingSeconds(direction: LinkDirection, bytes: number, atSeconds: number): number {
    if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`link ${this.id}: a message of ${bytes} bytes`)
    if (!(atSeconds >= 0 && Number.isFinite(atSeconds))) throw new RangeError(`link ${this.id}: a message at ${atSeconds} s`)
    let bits = bytes * 8
    if (!this.properties.sigma) return bits / this.nominalBitsPerSecond(direction)
    let now = atSeconds
    for (let second = Math.floor(atSeconds); ; second++) {
      const rate = this.goodputBitsPerSecond(direction, second)
      const capacity = rate * (second + 1 - now)
      if (bits <= capacity) return now + bits / rate - atSeconds
      bits -= capacity
      now = second + 1
    }
  }

  private median(direction: LinkDirection): number {
    return direction === 'down' ? this.properties.downBitsPerSecond : this.properties.upBitsPerSecond
  }
}

function positive(where: string, value: number | undefined): void {
  if (value === undefined || !(value > 0 && Number.isFinite(value))) throw new InputError(where, String(value), 'bits per second above 0')
}

function within(where: string, value: number | undefined, below: number, expected: string): void {
  if (value === undefined || !(value >= 0 && value < below)) throw new InputError(where, String(value), expected)
}
