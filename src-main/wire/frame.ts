/**
 * The container of every message between cloud and phones: 24 bytes of header, then the payload. All numbers are uint32, little-endian.
 *
 *     0 'CLf1' (the digit is the version of its kind) · 4 kind · 8 round · 12 sequence · 16 payload bytes · 20 CRC-32 of bytes 0-19 and the payload
 *
 * CRC-32 finds every error confined to 32 neighbouring bits, so a single wrong byte never passes.
 */
import { crc32 } from 'node:zlib'
import { FrameError } from './frame-error.ts'
import { PayloadWriter } from './payload.ts'

export const FRAME_KINDS = ['direction', 'scalars', 'update', 'masked', 'mask-keys'] as const
type FrameKind = (typeof FRAME_KINDS)[number]

export const HEADER_BYTES = 24
export const FRAME_BYTES_LIMIT = 256 * 1024 * 1024

const NAME = 'CLf'
/** The version of each kind. Only the newest is read: frames aren't stored, since a resumed session makes them again from the answers of phones. */
const VERSIONS: Readonly<Record<FrameKind, string>> = { direction: '1', scalars: '1', update: '2', masked: '1', 'mask-keys': '1' }
const CRC_AT = 20

interface Frame {
  readonly kind: FrameKind
  readonly round: number
  /** The number of the frame among those of its sender, by which a lost or repeated frame is noticed. */
  readonly sequence: number
  readonly payload: Uint8Array
}

/** Throws FrameError if the frame would be larger than `FRAME_BYTES_LIMIT`. */
export function writeFrame(frame: Frame): Uint8Array {
  refuseOversize(HEADER_BYTES + frame.payload.byteLength)
  const writer = new PayloadWriter(HEADER_BYTES + frame.payload.byteLength)
  for (const letter of NAME + VERSIONS[frame.kind]) writer.uint8(letter.charCodeAt(0))
  writer.uint32(FRAME_KINDS.indexOf(frame.kind))
  writer.uint32(frame.round)
  writer.uint32(frame.sequence)
  writer.uint32(frame.payload.byteLength)
  writer.uint32(checksum(writer.bytes, frame.payload))
  writer.copy(frame.payload)
  return writer.bytes
}

/** Reads exactly one frame; the payload is a view of `bytes`. Throws FrameError for anything but a whole and sound frame. */
export function readFrame(bytes: Uint8Array): Frame {
  refuseOversize(bytes.byteLength)
  if (bytes.byteLength < HEADER_BYTES)
    throw new FrameError(`truncated frame: ${bytes.byteLength} bytes, a header alone has ${HEADER_BYTES}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = String.fromCharCode(...bytes.subarray(0, 4))
  if (!magic.startsWith(NAME)) throw new FrameError(`not a frame: it starts with ${JSON.stringify(magic)}; expected "${NAME}"`)
  const length = view.getUint32(16, true)
  refuseOversize(HEADER_BYTES + length)
  const payload = bytes.subarray(HEADER_BYTES)
  if (payload.byteLength < length) throw new FrameError(`truncated frame: ${payload.byteLength} of ${length} payload bytes`)
  if (payload.byteLength > length)
    throw new FrameError(`${payload.byteLength - length} bytes too many after a frame of ${length} payload bytes`)
  if (checksum(bytes, payload) !== view.getUint32(CRC_AT, true)) throw new FrameError('corrupted frame: its CRC-32 does not match')
  const kind = FRAME_KINDS[view.getUint32(4, true)]
  if (!kind) throw new FrameError(`frame of unknown kind ${view.getUint32(4, true)}`)
  if (magic[3] !== VERSIONS[kind])
    throw new FrameError(`a frame of kind ${kind} and version ${JSON.stringify(magic[3])}; expected version "${VERSIONS[kind]}"`)
  return { kind, round: view.getUint32(8, true), sequence: view.getUint32(12, true), payload }
}

/** Reads a frame like `readFrame`, and throws FrameError unless it is of `kind`. */
export function readFrameOf(kind: FrameKind, bytes: Uint8Array): Frame {
  const frame = readFrame(bytes)
  if (frame.kind !== kind) throw new FrameError(`a frame of kind ${frame.kind}; expected ${kind}`)
  return frame
}

function checksum(frame: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(frame.subarray(0, CRC_AT)))
}

function refuseOversize(byteLength: number): void {
  if (byteLength > FRAME_BYTES_LIMIT) throw new FrameError(`oversize frame: ${byteLength} bytes; at most ${FRAME_BYTES_LIMIT} are allowed`)
}
