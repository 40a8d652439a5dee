/** Codes messages as bytes, for channels that carry nothing else. They are MessagePack, so that file contents cross as they are and NaN stays NaN. */
import { decode, encode } from '@msgpack/msgpack'
import { checkMessageSize } from './message-size.ts'
import { PLAIN_LIMITS } from './plain-data.ts'

/** Encodes a message. Keys that are undefined are left out; typed arrays other than Uint8Array are not part of the contract. */
export function toBytes(message: unknown): Uint8Array<ArrayBuffer> {
  return encode(message, { ignoreUndefined: true })
}

/** Decodes a message that the lab itself has sent. @throws RangeError or DecodeError for bytes that are no message */
export function fromBytes(bytes: ArrayBuffer | Uint8Array): unknown {
  return decode(bytes)
}

/** The depth of a message around its arguments, which are in a list in an object. */
const AROUND_ARGUMENTS = 2

/** Decodes a message whose sender is not trusted. @throws RangeError or DecodeError for bytes that are no message, or too large a one */
export function fromForeignBytes(bytes: Uint8Array): unknown {
  checkMessageSize(bytes, { depth: PLAIN_LIMITS.depth + AROUND_ARGUMENTS, items: PLAIN_LIMITS.items })
  return decode(bytes)
}
