/** A phone's part in secure aggregation: it masks what it sends in a round, and afterwards reveals the keys it shares with phones that were lost. */
import { type RevealedKey, writeMaskKeys, writeMasked } from '#main/wire/masked-frames.ts'
import { FEWEST_MASKED } from '#shared/scenario/federation-schema.ts'
import { MaskKeys, addMask, emulatedSecret, toFixedPoint } from '#main/wire/pairwise-masks.ts'
import type { MaskRequest } from './protocol/probe-request.ts'

export class MaskSession {
  private readonly phone: number
  private readonly keys: MaskKeys
  private last: { readonly round: number; readonly request: MaskRequest } | null = null

  constructor(seed: number, phone: number) {
    this.phone = phone
    this.keys = new MaskKeys(emulatedSecret(seed, phone))
  }

  get publicKey(): Uint8Array {
    return this.keys.publicKey
  }

  /**
   * Returns a masked frame of the phone's weight times `values`, its weight squared times `variances`, and its weight times `loss`.
   * @throws Error if the phone would be alone
   */
  frame(round: number, request: MaskRequest, values: readonly number[], variances: readonly number[], loss: number): Uint8Array {
    if (request.cohort.length < FEWEST_MASKED) throw new Error(`phone ${this.phone} was asked to mask its answer alone`)
    const { weight } = request.cohort.find(({ phone }) => phone === this.phone)!
    const sent = toFixedPoint([...values.map((x) => weight * x), ...variances.map((x) => weight ** 2 * x), weight * loss])
    for (const peer of request.cohort) {
      if (peer.phone === this.phone) continue
      addMask(sent, this.phone, peer.phone, this.keys.roundKey(peer.publicKey, round, request.attempt))
    }
    this.last = { round, request }
    return writeMasked({ round, phone: this.phone, values: sent })
  }

  /**
   * Reveals the keys that this phone shares with `lost` in the round it answered last. It does so only once.
   * @throws Error if there is no such round, or too few phones would be left to hide among
   */
  reveal(lost: readonly number[]): Uint8Array {
    if (!this.last) throw new Error(`phone ${this.phone} has no mask to reveal`)
    const { round, request } = this.last
    if (request.cohort.length - lost.length < FEWEST_MASKED)
      throw new Error(`phone ${this.phone} would be left alone by ${lost.length} lost phones`)
    this.last = null
    const peers = request.cohort.filter(({ phone }) => phone !== this.phone && lost.includes(phone))
    const keys = peers.map(({ phone, publicKey }): RevealedKey => ({
      lost: phone,
      key: this.keys.roundKey(publicKey, round, request.attempt),
    }))
    return writeMaskKeys({ round, phone: this.phone, keys })
  }
}
