/**
 * Masks that hide what one phone sends and that cancel in the sum (Bonawitz et al. 2017, section 4.1). With values in fixed point, as integers
 * modulo 2^64,
 *
 *     y_u = x_u + sum_{v > u} m_uv - sum_{v < u} m_uv   (mod 2^64),   m_uv = m_vu
 *
 * m_uv is the key stream of AES-256-CTR under a key that u and v alone know: X25519 on their key pairs, then HKDF-SHA-256 for each round,
 * so that revealing one round's key reveals nothing about another. The sum over a cohort is exact. If a phone is lost after the others have masked,
 * the survivors reveal the keys that they share with it in that round, and the server removes those masks.
 *
 * The server is trusted to follow the protocol, though it may look at all it gets: it must not use a vector that arrives after its phone
 * was declared lost, since the revealed keys would unmask it. (The second mask of Bonawitz et al. protects against that as well.)
 */
import { createCipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from 'node:crypto'

/** 1 in fixed point, which has 32 bits after the point. */
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

  /** Returns the key of 32 bytes that this phone and the owner of `publicKey` share in one round. @param attempt the attempt at the round, from 0 */
  roundKey(publicKey: Uint8Array, round: number, attempt: number): Uint8Array {
    const theirs = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
    const secret = diffieHellman({ privateKey: this.privateKey, publicKey: theirs })
    return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `mask ${round} ${attempt}`, KEY_BYTES))
  }
}

/**
 * Derives the secret of an emulated phone from the scenario's seed, so that a run can be repeated. It keeps nothing secret from those who know the
 * seed; a real phone would draw its own.
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

/** Adds the mask that `phone` shares with `peer` to the values of `phone`, modulo 2^64, with the sign that is the phone's. */
export function addMask(values: BigUint64Array, phone: number, peer: number, roundKey: Uint8Array): void {
  const stream = createCipheriv('aes-256-ctr', roundKey, new Uint8Array(16)).update(new Uint8Array(8 * values.length))
  for (let i = 0; i < values.length; i++) {
    const mask = stream.readBigUInt64LE(8 * i)
    // The assignment to a BigUint64Array is modulo 2^64.
    values[i] = phone < peer ? values[i]! + mask : values[i]! - mask
  }
}

/** Removes from `values`, a sum over survivors, the mask that `survivor` shares with a phone that was lost. */
export function removeMask(values: BigUint64Array, survivor: number, lost: number, roundKey: Uint8Array): void {
  // The lost phone would have added the same mask with the opposite sign.
  addMask(values, lost, survivor, roundKey)
}
