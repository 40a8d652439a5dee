/** Messages as bytes, for channels that carry nothing else: MessagePack, so file contents cross as they are and NaN stays NaN. */
import { decode, encode } from '@msgpack/msgpack'

/** Keys that are undefined are left out; other typed arrays than Uint8Array are not part of the contract. */
export function toBytes(message: unknown): Uint8Array<ArrayBuffer> {
  return encode(message, { ignoreUndefined: true })
}

/** @throws RangeError or DecodeError for bytes that are no message */
export function fromBytes(bytes: ArrayBuffer | Uint8Array): unknown {
  return decode(bytes)
}
