/**
 * The frames from phone to server of secure aggregation: `masked` carries a phone's measurements, in fixed point and masked, and `mask-keys` the keys
 * that it shares with phones that were lost.
 *
 * Payload of `masked`: phone u32 · count u32 · values u64. Of `mask-keys`: phone u32 · count u32 · (lost phone u32 · key 32 bytes) each.
 */
import { readFrameOf, writeFrame } from './frame.ts'
import { KEY_BYTES } from './pairwise-masks.ts'
import { PayloadReader, PayloadWriter } from './payload.ts'

export interface MaskedFrame {
  readonly round: number
  readonly phone: number
  readonly values: BigUint64Array
}

export interface RevealedKey {
  readonly lost: number
  readonly key: Uint8Array
}

export interface MaskKeysFrame {
  readonly round: number
  /** The survivor that reveals the keys. */
  readonly phone: number
  readonly keys: readonly RevealedKey[]
}

export function writeMasked({ round, phone, values }: MaskedFrame): Uint8Array {
  const writer = new PayloadWriter(8 + 8 * values.length)
  writer.uint32(phone)
  writer.uint32(values.length)
  for (const value of values) writer.uint64(value)
  return writeFrame({ kind: 'masked', round, sequence: 0, payload: writer.bytes })
}

export function readMasked(bytes: Uint8Array): MaskedFrame {
  const { round, payload } = readFrameOf('masked', bytes)
  const reader = new PayloadReader(payload)
  const phone = reader.uint32()
  const values = BigUint64Array.from(reader.list(reader.uint32(), 8, () => reader.uint64()))
  reader.end()
  return { round, phone, values }
}

export function writeMaskKeys({ round, phone, keys }: MaskKeysFrame): Uint8Array {
  const writer = new PayloadWriter(8 + (4 + KEY_BYTES) * keys.length)
  writer.uint32(phone)
  writer.uint32(keys.length)
  for (const { lost, key } of keys) {
    writer.uint32(lost)
    writer.copy(key)
  }
  return writeFrame({ kind: 'mask-keys', round, sequence: 0, payload: writer.bytes })
}

export function readMaskKeys(bytes: Uint8Array): MaskKeysFrame {
  const { round, payload } = readFrameOf('mask-keys', bytes)
  const reader = new PayloadReader(payload)
  const phone = reader.uint32()
  const keys = reader.list(reader.uint32(), 4 + KEY_BYTES, () => ({ lost: reader.uint32(), key: reader.chunk(KEY_BYTES) }))
  reader.end()
  return { round, phone, keys }
}
