/**
 * Masks that hide what one phone sends and cancel in the sum (Bonawitz et al. 2017, section 4.1). With values in fixed point, as integers
 * modulo 2^64,
 *
 *     y_u = x_u + sum_{v > u} m_uv - sum_{v < u} m_uv   (mod 2^64),   m_uv = m_vu
 *
 * m_uv is the key stream of AES-256-CTR under a key that u and v alone know: X25519 on their key pairs, then HKDF-SHA-256 for each round,
 * so that giving away one round's key gives away nothing of another. The sum over a cohort is exact. Of a phone that is lost after the others
 * have masked, the survivors reveal that round's keys of the pairs with it, and the server takes those masks off.
 *
 * The server is trusted to follow the protocol, though it may look at all it gets: it must not use a vector that arrives after its phone
 * was declared lost, since the revealed keys would unmask it. (The second mask of Bonawitz et al. protects against that as well.)
 */
import { createCipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto'

/** Fixed point: 32 bits after the point. */
const ONE = 2 ** 32
/** Larger values are refused, so that the sum of 1000 of them stays below 2^63. */
const FIXED_POINT_LIMIT = 2 ** 20

export const KEY_BYTES = 32

/** PKCS #8 of an X25519 private key up to the key itself (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** The key pair of one phone in a session. */
export class MaskKeys {
  readonly publicKey: Uint8Array
  private readonly privateKey: KeyObject

  /** @param secret 32 bytes that no one else knows */
  constructor(secret: Uint8Array) {
    this.privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' })
    this.publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
  }

  /** The key that this phone and the owner of `publicKey` use in one round, 32 bytes. @param attempt of the round, from 0 */
  roundKey(publicKey: Uint8Array, round: number, attempt: number): Uint8Array {
    const theirs = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    const secret = diffieHellman({ privateKey: this.privateKey, publicKey: theirs })
    return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `mask ${round} ${attempt}`, KEY_BYTES))
  }
}

/**
 * The secret of a phone in the emulation, from the scenario's seed, so that a run can be repeated. It shows the protocol and keeps nothing
 * secret from whoever knows the seed: a real phone draws its own.
 */
export function emulatedSecret(seed: number, phone: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`mask secret ${seed} ${phone}`).digest())
}

/** @throws RangeError if a value is no number or too large */
export function toFixedPoint(values: ArrayLike<number>): BigUint64Array {
  return BigUint64Array.from(Array.from(values), (value) => {
    if (!(Math.abs(value) < FIXED_POINT_LIMIT)) throw new RangeError(`${value} does not fit: masked values are below ${FIXED_POINT_LIMIT}`)
    return BigInt.asUintN(64, BigInt(Math.round(value * ONE)))
  })
}

export function fromFixedPoint(values: BigUint64Array): number[] {
  return Array.from(values, (value) => Number(BigInt.asIntN(64, value)) / ONE)
}

/** Adds to `values`, modulo 2^64, what `phone` owes for its pair with `peer`. */
export function addMask(values: BigUint64Array, phone: number, peer: number, roundKey: Uint8Array): void {
  const stream = createCipheriv('aes-256-ctr', roundKey, new Uint8Array(16)).update(new Uint8Array(8 * values.length))
  for (let i = 0; i < values.length; i++) {
    const mask = stream.readBigUInt64LE(8 * i)
    // A typed array keeps the low 64 bits.
    values[i] = phone < peer ? values[i]! + mask : values[i]! - mask
  }
}

/** Takes off `values`, a sum over survivors, what `survivor` added for its pair with a phone that was lost. */
export function removeMask(values: BigUint64Array, survivor: number, lost: number, roundKey: Uint8Array): void {
  // This is the mask that the lost phone would have added.
  addMask(values, lost, survivor, roundKey)
}
