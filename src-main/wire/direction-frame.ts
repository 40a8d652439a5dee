/**
 * The frame from cloud to phones that carries one coded direction of one class, or a run of its segments (a layer) so that layers can travel one by one.
 *
 * Payload: label u32 · first segment u32 · segments u32 · coding u8 (0 uniform, 1 top-k) · per segment bits u8 or kept u32 · products u8 ·
 * per product f64 · code.
 */
import { type Coding, codeDirection } from './coded-direction.ts'
import { FrameError } from './frame-error.ts'
import { readFrameOf, writeFrame } from './frame.ts'
import { PayloadReader, PayloadWriter } from './payload.ts'
import { isBits } from './quantise.ts'
import type { Segment } from './segments.ts'

interface DirectionFrame {
  readonly round: number
  readonly sequence: number
  /** The class whose gradient this is. */
  readonly label: number
  /** The index, in the model's list of segments, of the first segment in this frame; the others follow without gaps. */
  readonly firstSegment: number
  readonly coding: Coding
  /**
   * The inner products of the whole direction with itself and with earlier directions, newest first. They tell a phone what it needs to know about
   * layers that it doesn't have yet, so that it can begin with those that it has.
   * @default none
   */
  readonly products?: readonly number[]
  /** The code of the segments, for `openDirection`. */
  readonly payload: Uint8Array
}

export function writeDirection(frame: DirectionFrame): Uint8Array {
  const { coding, products = [] } = frame
  const entries = coding.kind === 'uniform' ? coding.bits : coding.kept
  const writer = new PayloadWriter(prefixBytes(coding, products) + frame.payload.byteLength)
  writer.uint32(frame.label)
  writer.uint32(frame.firstSegment)
  writer.uint32(entries.length)
  writer.uint8(coding.kind === 'uniform' ? 0 : 1)
  for (const entry of entries) {
    if (coding.kind === 'uniform') writer.uint8(entry)
    else writer.uint32(entry)
  }
  writer.uint8(products.length)
  for (const product of products) writer.float64(product)
  writer.copy(frame.payload)
  return writeFrame({ kind: 'direction', round: frame.round, sequence: frame.sequence, payload: writer.bytes })
}

/** Codes a whole direction with `bits` bits a value and writes its frame. @param values the flat vector of `segments` */
export function codeAndWriteDirection(
  frame: Pick<DirectionFrame, 'round' | 'label'>,
  values: Float32Array,
  segments: readonly Segment[],
  bits: number,
): Uint8Array {
  if (!isBits(bits)) throw new Error(`a direction can't be coded in ${bits} bits`)
  const coding: Coding = { kind: 'uniform', bits: segments.map(() => bits) }
  const { payload } = codeDirection(values, segments, coding)
  return writeDirection({ ...frame, sequence: 0, firstSegment: 0, coding, payload })
}

/** Reads a direction's frame. Its payload is a view of `bytes`, which must stay unchanged as long as the payload is in use. */
export function readDirection(bytes: Uint8Array): DirectionFrame {
  const frame = readFrameOf('direction', bytes)
  const reader = new PayloadReader(frame.payload)
  const label = reader.uint32()
  const firstSegment = reader.uint32()
  const count = reader.uint32()
  const coding = readCoding(reader, reader.uint8(), count)
  const products = reader.list(reader.uint8(), 8, () => reader.float64())
  return { round: frame.round, sequence: frame.sequence, label, firstSegment, coding, products, payload: reader.rest() }
}

function readCoding(reader: PayloadReader, code: number, count: number): Coding {
  if (code === 1) return { kind: 'top-k', kept: reader.list(count, 4, () => reader.uint32()) }
  if (code !== 0) throw new FrameError(`a direction in unknown coding ${code}`)
  const bits = reader.list(count, 1, () => {
    const width = reader.uint8()
    if (!isBits(width)) throw new FrameError(`a direction coded in ${width} bits`)
    return width
  })
  return { kind: 'uniform', bits }
}

function prefixBytes(coding: Coding, products: readonly number[]): number {
  return 14 + (coding.kind === 'uniform' ? coding.bits.length : coding.kept.length * 4) + 8 * products.length
}
