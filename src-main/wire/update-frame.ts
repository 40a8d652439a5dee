/**
 * Server to phones: the one update that everybody applies, as coefficients of directions that every phone already has.
 *
 * Payload: learning rate f64 · three counts u32 · guided f32 · random f32 · integers u32.
 */
import { HEADER_BYTES, readFrameOf, writeFrame } from './frame.ts'
import { PayloadReader, PayloadWriter } from './payload.ts'

export interface UpdateFrame {
  readonly round: number
  readonly sequence: number
  /** Exact: replicas must not drift apart. */
  readonly learningRate: number
  /** Coefficient of each guided direction, in the order of the orthonormal basis. */
  readonly guided: Float32Array
  /** Coefficient of each random direction, phone by phone. */
  readonly random: Float32Array
  /** What a method adds in whole numbers (its mode, which phones took part, steps); their meaning is the method's. */
  readonly integers: readonly number[]
}

/** Bytes of a whole frame, header included. */
export function updateFrameBytes(guided: number, random: number, integers: number): number {
  return HEADER_BYTES + 20 + (guided + random + integers) * 4
}

export function writeUpdate(frame: UpdateFrame): Uint8Array {
  const { guided, random, integers } = frame
  const writer = new PayloadWriter(updateFrameBytes(guided.length, random.length, integers.length) - HEADER_BYTES)
  writer.float64(frame.learningRate)
  writer.uint32(guided.length)
  writer.uint32(random.length)
  writer.uint32(integers.length)
  for (const value of guided) writer.float32(value)
  for (const value of random) writer.float32(value)
  for (const value of integers) writer.uint32(value)
  return writeFrame({ kind: 'update', round: frame.round, sequence: frame.sequence, payload: writer.bytes })
}

export function readUpdate(bytes: Uint8Array): UpdateFrame {
  const { round, sequence, payload } = readFrameOf('update', bytes)
  const reader = new PayloadReader(payload)
  const learningRate = reader.float64()
  const [guidedCount, randomCount, integerCount] = [reader.uint32(), reader.uint32(), reader.uint32()]
  const guided = Float32Array.from(reader.list(guidedCount, 4, () => reader.float32()))
  const random = Float32Array.from(reader.list(randomCount, 4, () => reader.float32()))
  const integers = reader.list(integerCount, 4, () => reader.uint32())
  reader.end()
  return { round, sequence, learningRate, guided, random, integers }
}
