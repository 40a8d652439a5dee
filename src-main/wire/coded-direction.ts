/**
 * A direction in the coded form in which it came over the wire. Phones hold their pool in this form and decode one tensor at a time, so that no
 * direction is ever in memory in float32 as a whole.
 */
import { FrameError } from './frame-error.ts'
import { decodeSegment, encode, type PackRow, segmentBytes, type Bits } from './quantise.ts'
import { checkSegments, segmentValues, type Segment } from './segments.ts'
import { decodeTopKSegment, encodeTopK, topKSegmentBytes } from './topk.ts'
import type { Stream } from '#shared/random/counter.ts'

/** How a direction is coded: the bits per value, or the number of values kept, with one entry per segment. */
export type Coding =
  | { readonly kind: 'uniform'; readonly bits: readonly Bits[] }
  | { readonly kind: 'top-k'; readonly kept: readonly number[] }

export interface CodedDirection {
  readonly segments: readonly Segment[]
  readonly coding: Coding
  /** The byte of `payload` at which the code of each segment starts. */
  readonly starts: readonly number[]
  readonly payload: Uint8Array
}

/** Returns the bytes of the code of segment `index`. */
export function codedSegmentBytes(segments: readonly Segment[], coding: Coding, index: number): number {
  const segment = segments[index] as Segment
  return coding.kind === 'uniform'
    ? segmentBytes(segment, coding.bits[index] as Bits)
    : topKSegmentBytes(segment, coding.kept[index] as number)
}

/** Codes the flat vector `values`; `stream` makes uniform rounding stochastic. @param packRow see `encode` */
export function codeDirection(
  values: Float32Array,
  segments: readonly Segment[],
  coding: Coding,
  stream?: Stream,
  packRow?: PackRow,
): CodedDirection {
  const payload =
    coding.kind === 'uniform' ? encode(values, segments, coding.bits, stream, packRow) : encodeTopK(values, segments, coding.kept)
  return openDirection(segments, coding, payload)
}

/** Opens a received payload as the code of `segments`. @throws FrameError if it can't be their code */
export function openDirection(segments: readonly Segment[], coding: Coding, payload: Uint8Array): CodedDirection {
  checkSegments(segments)
  const entries = coding.kind === 'uniform' ? coding.bits : coding.kept
  if (entries.length !== segments.length) {
    throw new FrameError(`a direction coded in ${entries.length} segments was received; expected ${segments.length}`)
  }
  const starts: number[] = []
  let bytes = 0
  for (let index = 0; index < segments.length; index++) {
    starts.push(bytes)
    bytes += codedSegmentBytes(segments, coding, index)
  }
  if (bytes !== payload.byteLength) throw new FrameError(`the code of a direction has ${payload.byteLength} bytes; expected ${bytes}`)
  return { segments, coding, starts, payload }
}

/**
 * Decodes segment `index` alone, in time proportional to its size, into `out` from `at` on.
 * @param at 0 to decode into a buffer of one tensor @default the segment's offset, where `out` is the whole flat vector
 */
export function decodeInto(direction: CodedDirection, index: number, out: Float32Array, at?: number): void {
  const segment = direction.segments[index]
  const start = direction.starts[index]
  if (!segment || start === undefined) throw new RangeError(`segment ${index} of a direction of ${direction.segments.length}`)
  const target = at ?? segment.offset
  if (target + segmentValues(segment) > out.length)
    throw new RangeError(`segment ${index} does not fit into ${out.length} values at ${target}`)
  const { coding, payload } = direction
  if (coding.kind === 'uniform') decodeSegment(payload, start, segment, coding.bits[index] as Bits, out, target)
  else decodeTopKSegment(payload, start, segment, coding.kept[index] as number, out, target)
}

/** Decodes every segment into a flat vector of `length` values; values outside all segments are 0. It takes more memory than a phone should use. */
export function decodeAll(direction: CodedDirection, length: number): Float32Array {
  const out = new Float32Array(length)
  for (let index = 0; index < direction.segments.length; index++) decodeInto(direction, index, out)
  return out
}
