/**
 * Frames messages on a byte stream, which has no message boundaries: each frame is its length (4 bytes, highest first) and that many bytes of
 * MessagePack. Both ends may be of any version of any program, since nothing depends on how an engine writes its own values.
 */
import { LARGEST_FILE_BYTES } from './call-schema.ts'

const LENGTH_BYTES = 4
/** The largest frame: the largest file and room for the call around it. */
export const LARGEST_FRAME_BYTES = LARGEST_FILE_BYTES + 2 ** 20

/** @throws RangeError for a message that no reader would take */
export function frameHead(body: Uint8Array): Uint8Array {
  if (body.length > LARGEST_FRAME_BYTES) throw new RangeError(tooLong(body.length))
  const head = new Uint8Array(LENGTH_BYTES)
  new DataView(head.buffer).setUint32(0, body.length)
  return head
}

/** Reassembles frames from the pieces that a stream delivers. */
export class FrameReader {
  private readonly mostBytes: number
  private pieces: Uint8Array[] = []
  private held = 0

  /** @param mostBytes the most bytes of one message */
  constructor(mostBytes = LARGEST_FRAME_BYTES) {
    this.mostBytes = mostBytes
  }

  /** True if the stream may end here without cutting a message. */
  get betweenFrames(): boolean {
    return this.held === 0
  }

  /** @returns the messages that are whole now @throws RangeError for one that is too long: what follows it can't be read any more */
  push(piece: Uint8Array): Uint8Array[] {
    this.pieces.push(piece)
    this.held += piece.length
    const messages: Uint8Array[] = []
    for (;;) {
      const length = this.nextLength()
      if (length === null) return messages
      if (length > this.mostBytes) throw new RangeError(tooLong(length))
      if (this.held < LENGTH_BYTES + length) return messages
      messages.push(this.take(LENGTH_BYTES + length).subarray(LENGTH_BYTES))
    }
  }

  private nextLength(): number | null {
    if (this.held < LENGTH_BYTES) return null
    if (this.pieces[0]!.length < LENGTH_BYTES) this.pieces = [joined(this.pieces)]
    const { buffer, byteOffset } = this.pieces[0]!
    return new DataView(buffer, byteOffset, LENGTH_BYTES).getUint32(0)
  }

  /** Takes the first `bytes` bytes, copied only where they came in several pieces. */
  private take(bytes: number): Uint8Array {
    const parts: Uint8Array[] = []
    let left = bytes
    while (left > 0) {
      const piece = this.pieces[0]!
      parts.push(piece.subarray(0, left))
      if (piece.length > left) this.pieces[0] = piece.subarray(left)
      else this.pieces.shift()
      left -= Math.min(piece.length, left)
    }
    this.held -= bytes
    return parts.length === 1 ? parts[0]! : joined(parts)
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function tooLong(length: number): string {
  return `a message of ${length} bytes; the largest has ${LARGEST_FRAME_BYTES}`
}
