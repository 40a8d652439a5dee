/**
 * Sparse coding of a direction, for links that are too slow for one bit per value: only the values of largest magnitude of each segment are sent, as
 * exact float32 with their positions (16 bit where the segment has at most 65,536 values, 32 bit above).
 *
 * A coded segment is its positions, ascending, followed by its values; their number travels in the frame, not here.
 */
import { FrameError } from './frame-error.ts'
import { checkSegments, segmentValues, type Segment } from './segments.ts'

function positionBytes(segment: Segment): 2 | 4 {
  return segmentValues(segment) <= 0x10000 ? 2 : 4
}

/** Returns the bytes of a coded segment with `kept` values. */
export function topKSegmentBytes(segment: Segment, kept: number): number {
  return kept * (positionBytes(segment) + 4)
}

/** Returns how many values each segment keeps when the `share` (0 to 1) of largest magnitude is kept over all segments; at least one in all. */
export function keptByShare(values: Float32Array, segments: readonly Segment[], share: number): number[] {
  checkSegments(segments, values.length)
  if (!(share > 0 && share <= 1)) throw new RangeError(`top-k share ${share}; expected more than 0 and at most 1`)
  const parts = segments.map((segment) => magnitudes(values, segment))
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let filled = 0
  for (const part of parts) {
    all.set(part, filled)
    filled += part.length
  }
  const count = Math.max(1, Math.round(all.length * share))
  const chosen = largest(all, count)
  let start = 0
  return parts.map((part) => {
    const end = start + part.length
    const kept = chosen.reduce((sum, position) => sum + (position >= start && position < end ? 1 : 0), 0)
    start = end
    return kept
  })
}

/** Codes the `kept[i]` values of largest magnitude of segment i; equal magnitudes go to the earlier position. Throws if a value is not finite. */
export function encodeTopK(values: Float32Array, segments: readonly Segment[], kept: readonly number[]): Uint8Array {
  checkSegments(segments, values.length)
  const counts = segments.map((segment, index) => keptOf(kept, index, segment))
  const payload = new Uint8Array(segments.reduce((sum, segment, index) => sum + topKSegmentBytes(segment, counts[index] as number), 0))
  const view = new DataView(payload.buffer)
  let at = 0
  for (const [index, segment] of segments.entries()) {
    const size = magnitudes(values, segment)
    if (!size.every(Number.isFinite)) throw new RangeError(`segment ${index}: a value to be coded is not finite`)
    const positions = largest(size, counts[index] as number)
    const wide = positionBytes(segment) === 4
    for (const position of positions) {
      if (wide) view.setUint32(at, position, true)
      else view.setUint16(at, position, true)
      at += wide ? 4 : 2
    }
    for (const position of positions) {
      view.setFloat32(at, values[segment.offset + position] as number, true)
      at += 4
    }
  }
  return payload
}

/** Decodes one segment of `kept` values, whose code starts at byte `start`, into `out` from `at` on; values that were not sent become 0. */
export function decodeTopKSegment(payload: Uint8Array, start: number, segment: Segment, kept: number, out: Float32Array, at: number): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const values = segmentValues(segment)
  const width = positionBytes(segment)
  out.fill(0, at, at + values)
  for (let i = 0; i < kept; i++) {
    const position = width === 4 ? view.getUint32(start + i * 4, true) : view.getUint16(start + i * 2, true)
    if (position >= values) throw new FrameError(`top-k position ${position} lies outside a segment of ${values} values`)
    out[at + position] = view.getFloat32(start + kept * width + i * 4, true)
  }
}

function magnitudes(values: Float32Array, segment: Segment): Float32Array {
  return values.subarray(segment.offset, segment.offset + segmentValues(segment)).map(Math.abs)
}

/** Returns the positions of the `count` largest of `sizes`, ascending; of equal sizes the earlier position wins. */
function largest(sizes: Float32Array, count: number): Uint32Array {
  if (count === 0) return new Uint32Array(0)
  const threshold = sizes.slice().sort()[sizes.length - count] as number
  let atThreshold = count - sizes.reduce((sum, size) => sum + (size > threshold ? 1 : 0), 0)
  const positions = new Uint32Array(count)
  let found = 0
  for (let position = 0; position < sizes.length && found < count; position++) {
    const size = sizes[position] as number
    if (size > threshold || (size === threshold && atThreshold-- > 0)) positions[found++] = position
  }
  return positions
}

function keptOf(kept: readonly number[], index: number, segment: Segment): number {
  const count = kept[index]
  if (count !== undefined && Number.isInteger(count) && count >= 0 && count <= segmentValues(segment)) return count
  throw new RangeError(`segment ${index}: ${count} values kept; expected 0 to ${segmentValues(segment)}`)
}
