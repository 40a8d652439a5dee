/** Writes and reads a frame's little-endian payload in sequence. Reading past the end throws a FrameError and never returns a wrong value. */
import { FrameError } from './frame-error.ts'

export class PayloadWriter {
  readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength)
    this.view = new DataView(this.bytes.buffer)
  }

  uint8(value: number): void {
    this.view.setUint8(this.at, checked(value, 0xff))
    this.at += 1
  }

  uint32(value: number): void {
    this.view.setUint32(this.at, checked(value, 0xffffffff), true)
    this.at += 4
  }

  /** Refuses a finite value too large for float32: it would arrive as infinity. */
  float32(value: number): void {
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw new RangeError(`${value} does not fit into float32`)
    this.view.setFloat32(this.at, value, true)
    this.at += 4
  }

  float64(value: number): void {
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  uint64(value: bigint): void {
    this.view.setBigUint64(this.at, value, true)
    this.at += 8
  }

  copy(source: Uint8Array): void {
    this.bytes.set(source, this.at)
    this.at += source.byteLength
  }
}

export class PayloadReader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.bytes.byteLength - this.at
  }

  uint8(): number {
    return this.view.getUint8(this.take(1))
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  float32(): number {
    return this.view.getFloat32(this.take(4), true)
  }

  float64(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  uint64(): bigint {
    return this.view.getBigUint64(this.take(8), true)
  }

  /** Reads a number that `varint` wrote. */
  varint(): number {
    let value = 0
    for (let place = 1; place <= VARINT_MOST; place *= 128) {
      const byte = this.uint8()
      value += (byte % 128) * place
      if (byte < 128) return value
    }
    throw new FrameError('a number of too many bytes')
  }

  /** Reads `count` entries with `read`. @throws FrameError before anything is allocated if the payload is too short for them */
  list<T>(count: number, bytesEach: number, read: () => T): T[] {
    if (count * bytesEach > this.remaining) throw new FrameError(`${count} entries announced but only ${this.remaining} bytes follow`)
    return Array.from({ length: count }, read)
  }

  /** Returns the next `byteLength` bytes, as a view. */
  chunk(byteLength: number): Uint8Array {
    const start = this.take(byteLength)
    return this.bytes.subarray(start, start + byteLength)
  }

  /** Returns all bytes that are left, as a view. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.take(this.remaining))
  }

  end(): void {
    if (this.remaining > 0) throw new FrameError(`${this.remaining} bytes too many in the payload`)
  }

  private take(byteLength: number): number {
    if (byteLength > this.remaining) throw new FrameError(`the payload ends ${byteLength - this.remaining} bytes early`)
    const start = this.at
    this.at += byteLength
    return start
  }
}

/** Codes a number in as few bytes as it needs: 7 bits a byte, the lowest first; the highest bit marks each byte but the last. */
export function varint(value: number): number[] {
  const last = value % 128
  return value < 128 ? [last] : [last + 128, ...varint(Math.floor(value / 128))]
}

/** The place value of the fifth byte, the last that a number may have. */
const VARINT_MOST = 128 ** 4

function checked(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new RangeError(`${value} is not a whole number from 0 to ${most}`)
}
