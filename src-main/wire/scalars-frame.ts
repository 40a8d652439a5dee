/**
 * The frame from phone to server with what one phone measured in a round: directional derivatives and more, in the order of derivatives.ts.
 *
 * Payload: phone u32 · mean loss f32 · count u32 · values f32.
 */
import { HEADER_BYTES, readFrameOf, writeFrame } from './frame.ts'
import { PayloadReader, PayloadWriter } from './payload.ts'

interface ScalarsFrame {
  readonly round: number
  readonly sequence: number
  /** The index of the phone in the fleet. */
  readonly phone: number
  readonly lossMean: number
  /** The measurements, which are sent with float32 precision. */
  readonly values: Float64Array
}

/** Returns the bytes of a whole frame of `count` values, header included. */
export function scalarsFrameBytes(count: number): number {
  return HEADER_BYTES + 12 + count * 4
}

export function writeScalars(frame: ScalarsFrame): Uint8Array {
  const writer = new PayloadWriter(12 + frame.values.length * 4)
  writer.uint32(frame.phone)
  writer.float32(frame.lossMean)
  writer.uint32(frame.values.length)
  for (const value of frame.values) writer.float32(value)
  return writeFrame({ kind: 'scalars', round: frame.round, sequence: frame.sequence, payload: writer.bytes })
}

export function readScalars(bytes: Uint8Array): ScalarsFrame {
  const { round, sequence, payload } = readFrameOf('scalars', bytes)
  const reader = new PayloadReader(payload)
  const phone = reader.uint32()
  const lossMean = reader.float32()
  const values = Float64Array.from(reader.list(reader.uint32(), 4, () => reader.float32()))
  reader.end()
  return { round, sequence, phone, lossMean, values }
}
