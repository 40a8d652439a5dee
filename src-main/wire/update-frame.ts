/**
 * The frame from server to phones with the update that every replica applies: the names of directions that every phone can make, and a coefficient for
 * each.
 *
 * Payload: learning rate f64 · anchor u8 · runs of directions (direction-runs.ts) · coefficients f32.
 */
import type { Term } from './direction.ts'
import { decodeDirections, encodeDirections } from './direction-runs.ts'
import { FrameError } from './frame-error.ts'
import { readFrameOf, writeFrame } from './frame.ts'
import { PayloadReader, PayloadWriter } from './payload.ts'

/**
 * What an update does with the anchor, the point that parameters can return to. `moves`: the anchor moves to where parameters were before this update.
 * `stays`: the anchor stays where it is. `return`: in place of a step, all parameters return to the anchor.
 */
const ANCHORS = ['moves', 'stays', 'return'] as const
export type Anchor = (typeof ANCHORS)[number]

interface UpdateFrame {
  readonly round: number
  readonly sequence: number
  /** The learning rate, sent in float64: it must be exact so that replicas don't drift apart. */
  readonly learningRate: number
  readonly anchor: Anchor
  /** The terms of the sum that is the gradient. Coefficients are sent with float32 precision. */
  readonly terms: readonly Term[]
}

const COEFFICIENT_BYTES = 4

export function writeUpdate({ round, sequence, learningRate, anchor, terms }: UpdateFrame): Uint8Array {
  const directions = encodeDirections(
    terms.map(({ direction }) => direction),
    round,
  )
  const writer = new PayloadWriter(9 + directions.length + COEFFICIENT_BYTES * terms.length)
  writer.float64(learningRate)
  writer.uint8(ANCHORS.indexOf(anchor))
  writer.copy(Uint8Array.from(directions))
  for (const { coefficient } of terms) writer.float32(Math.fround(coefficient))
  return writeFrame({ kind: 'update', round, sequence, payload: writer.bytes })
}

export function readUpdate(bytes: Uint8Array): UpdateFrame {
  const { round, sequence, payload } = readFrameOf('update', bytes)
  const reader = new PayloadReader(payload)
  const learningRate = reader.float64()
  const code = reader.uint8()
  const anchor = ANCHORS[code]
  if (!anchor) throw new FrameError(`an update of unknown kind ${code}`)
  const directions = decodeDirections(reader, round, COEFFICIENT_BYTES)
  const terms = directions.map((direction) => ({ direction, coefficient: reader.float32() }))
  reader.end()
  return { round, sequence, learningRate, anchor, terms }
}
