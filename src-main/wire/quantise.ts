/**
 * Uniform symmetric quantisation of a direction, with one float32 scale per row.
 *
 *     b = 1        value = ± mean|row|                      (sign coding; Bernstein et al. 2018, scaled as in Karimireddy et al. 2019)
 *     2 <= b <= 16 value = code * scale, |code| <= levels = 2^(b-1) - 1, scale = max|row| / levels
 *     b = 2, 3     scale = share * mean|row| where that leaves less squared error: few levels are better spent on the many values than
 *                  on the largest (shares of the least error on normal values; Max 1960)
 *     b = 32       the float32 values themselves, no scale
 *
 * A row is its scale followed by its codes, packed from the low bit up and padded to a whole byte; everything is little-endian.
 */
import type { Stream } from '#shared/random/counter.ts'
import { checkSegments, type Segment } from './segments.ts'

export const BITS = [1, 2, 3, 4, 6, 8, 16, 32] as const
export type Bits = (typeof BITS)[number]

const FLOAT32_MAX = 3.4028234663852886e38

export function isBits(value: number): value is Bits {
  return (BITS as readonly number[]).includes(value)
}

/** The squared error of coding divided by the squared length, for normal values in rows of 128, rounded to the nearest level. */
export const RELATIVE_ERROR: Readonly<Record<Bits, number>> = {
  1: 0.364,
  2: 0.191,
  3: 0.0465,
  4: 0.0138,
  6: 7.0e-4,
  8: 4.2e-5,
  16: 6.3e-10,
  32: 0,
}

/** Returns the bytes of one coded row, its scale included. */
export function rowBytes(columns: number, bits: Bits): number {
  return bits === 32 ? columns * 4 : 4 + Math.ceil((columns * bits) / 8)
}

/** Returns the exact bytes of one coded segment. */
export function segmentBytes(segment: Segment, bits: Bits): number {
  return segment.rows * rowBytes(segment.columns, bits)
}

/** Returns the exact bytes that `encode` writes for these segments. */
export function encodedBytes(segments: readonly Segment[], bits: readonly Bits[]): number {
  return segments.reduce((sum, segment, index) => sum + segmentBytes(segment, bitsOf(bits, index)), 0)
}

/** Packs the codes of a row, rounded to the nearest level, into `out`; the bytes must be those of `encode`. */
export type PackRow = (row: Float32Array, bits: Exclude<Bits, 32>, scale: number, out: Uint8Array) => void

/**
 * Codes `values` (the whole flat vector), segment after segment. Values are rounded to the nearest level, or, if a `stream` is given, to one of the two
 * nearest without bias (1 and 32 bits never round). Throws if a value is not finite.
 * @param packRow a faster implementation for rounding to the nearest level
 */
export function encode(
  values: Float32Array,
  segments: readonly Segment[],
  bits: readonly Bits[],
  stream?: Stream,
  packRow?: PackRow,
): Uint8Array {
  checkSegments(segments, values.length)
  const payload = new Uint8Array(encodedBytes(segments, bits))
  const view = new DataView(payload.buffer)
  let at = 0
  for (const [index, segment] of segments.entries()) {
    const width = bitsOf(bits, index)
    for (let row = 0; row < segment.rows; row++) {
      const start = segment.offset + row * segment.columns
      const source = values.subarray(start, start + segment.columns)
      const size = magnitude(source)
      if (!Number.isFinite(size.mean)) throw new RangeError(`segment ${index}, row ${row}: a value to be coded is not finite`)
      if (width === 32) source.forEach((value, column) => view.setFloat32(at + column * 4, value, true))
      else {
        const scale = width === 1 ? size.mean : scaleOf(source, width, size, stream !== undefined)
        view.setFloat32(at, scale, true)
        const out = payload.subarray(at + 4, at + rowBytes(segment.columns, width))
        if (packRow && !stream) packRow(source, width, scale, out)
        else packCodes(source, width, scale, out, stream)
      }
      at += rowBytes(segment.columns, width)
    }
  }
  return payload
}

/** Decodes one segment whose code starts at byte `start` of `payload` into `out` from `at` on; touches nothing else. */
export function decodeSegment(payload: Uint8Array, start: number, segment: Segment, bits: Bits, out: Float32Array, at: number): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let row = 0; row < segment.rows; row++) {
    const source = start + row * rowBytes(segment.columns, bits)
    const target = at + row * segment.columns
    if (bits === 32)
      for (let column = 0; column < segment.columns; column++) out[target + column] = view.getFloat32(source + column * 4, true)
    else decodeRow(view, source, bits, out, target, segment.columns)
  }
}

interface Magnitude {
  readonly largest: number
  readonly mean: number
}

function packCodes(row: Float32Array, bits: Exclude<Bits, 32>, scale: number, out: Uint8Array, stream: Stream | undefined): void {
  const levels = 2 ** (bits - 1) - 1
  let next = 0
  let pending = 0
  let pendingBits = 0
  for (let column = 0; column < row.length; column++) {
    const value = row[column] as number
    const code = bits === 1 ? (value < 0 ? 0 : 1) : scale === 0 ? levels : levels + round(value / scale, levels, stream)
    pending |= code << pendingBits
    pendingBits += bits
    for (; pendingBits >= 8; pendingBits -= 8) {
      out[next++] = pending & 0xff
      pending >>>= 8
    }
  }
  if (pendingBits > 0) out[next] = pending
}

function decodeRow(view: DataView, at: number, bits: Bits, out: Float32Array, target: number, columns: number): void {
  const scale = view.getFloat32(at, true)
  const levels = 2 ** (bits - 1) - 1
  const mask = 2 ** bits - 1
  let next = at + 4
  let pending = 0
  let pendingBits = 0
  for (let column = 0; column < columns; column++) {
    for (; pendingBits < bits; pendingBits += 8) pending |= view.getUint8(next++) << pendingBits
    const code = pending & mask
    pending >>>= bits
    pendingBits -= bits
    out[target + column] = bits === 1 ? (code === 1 ? scale : -scale) : (code - levels) * scale
  }
}

function round(ratio: number, levels: number, stream: Stream | undefined): number {
  const code = stream ? Math.floor(ratio + stream.uniform()) : Math.sign(ratio) * Math.round(Math.abs(ratio))
  return Math.max(-levels, Math.min(levels, code))
}

/** Measures the absolute values; their mean is finite exactly if every value is. */
function magnitude(row: Float32Array): Magnitude {
  let largest = 0
  let sum = 0
  for (let column = 0; column < row.length; column++) {
    const size = Math.abs(row[column] as number)
    if (size > largest) largest = size
    sum += size
  }
  return { largest, mean: sum / row.length }
}

const CLIPPED_SHARES: Readonly<Partial<Record<Bits, number>>> = { 2: 1.53, 3: 0.82 }

/** Returns the scale of a row. @param unbiased true if no value may be clipped, which would bias stochastic rounding */
function scaleOf(row: Float32Array, bits: Exclude<Bits, 32>, { largest, mean }: Magnitude, unbiased: boolean): number {
  const levels = 2 ** (bits - 1) - 1
  const whole = scaleFor(largest, levels)
  const share = CLIPPED_SHARES[bits]
  if (share === undefined || unbiased) return whole
  const clipped = Math.fround(share * mean)
  return squaredError(row, levels, clipped) < squaredError(row, levels, whole) ? clipped : whole
}

function squaredError(row: Float32Array, levels: number, scale: number): number {
  if (scale === 0) return Infinity
  let sum = 0
  for (let column = 0; column < row.length; column++) {
    const value = row[column] as number
    sum += (value - scale * round(value / scale, levels, undefined)) ** 2
  }
  return sum
}

/** Returns largest / levels as a float32, rounded up so that the largest value never needs a code beyond the last level (even among subnormals). */
function scaleFor(largest: number, levels: number): number {
  const word = new Float32Array([largest / levels])
  if ((word[0] as number) * levels < largest) new Uint32Array(word.buffer)[0]! += 1
  return Math.min(word[0] as number, FLOAT32_MAX)
}

function bitsOf(bits: readonly Bits[], index: number): Bits {
  const width = bits[index]
  if (width === undefined || !isBits(width)) throw new RangeError(`segment ${index}: ${width} bits; expected one of ${BITS.join(', ')}`)
  return width
}
