/**
 * Decodes tensors of coded directions inside an arena, with kernels: a phone's JavaScript is hardly optimised, and decoding the pool is most of the work
 * of an update. The result is that of `decodeInto`, to the bit.
 */
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import { type CodedDirection, decodeInto } from '#main/wire/coded-direction.ts'
import { rowBytes, segmentBytes } from '#main/wire/quantise.ts'
import type { Segment } from '#main/wire/segments.ts'

export class ArenaDecoder {
  private readonly arena: Arena
  private readonly kernels: Kernels
  /** The code of one tensor, in the arena, where the kernels can read it. */
  private readonly code: Uint8Array<ArrayBuffer>

  constructor(segments: readonly Segment[], arena: Arena, kernels: Kernels) {
    this.arena = arena
    this.kernels = kernels
    this.code = arena.bytes(codeBytes(segments))
  }

  /** Returns the bytes it takes of an arena. */
  static bytes(segments: readonly Segment[]): number {
    return Arena.sizeOf(codeBytes(segments))
  }

  /** Decodes tensor `index` of a direction into `out`, which lies in the arena. */
  decode(direction: CodedDirection, index: number, out: Float32Array): void {
    const { coding, payload, segments, starts } = direction
    if (coding.kind !== 'uniform') return decodeInto(direction, index, out, 0)
    const { rows, columns } = segments[index]!
    const [bits, start] = [coding.bits[index]!, starts[index]!]
    const code = this.code.subarray(0, rows * rowBytes(columns, bits))
    code.set(payload.subarray(start, start + code.length))
    if (bits === 32) {
      out.set(new Float32Array(code.buffer, code.byteOffset, rows * columns))
      return
    }
    out.fill(0)
    const scales = new DataView(code.buffer, code.byteOffset)
    const [from, to] = [this.arena.offsetOf(code), this.arena.offsetOf(out)]
    for (let row = 0; row < rows; row++) {
      const at = row * rowBytes(columns, bits)
      this.kernels.dequantiseAdd(to + 4 * row * columns, from + at + 4, columns, bits, scales.getFloat32(at, true), 1)
    }
  }
}

/** Returns the bytes of the largest tensor in the widest codes. */
function codeBytes(segments: readonly Segment[]): number {
  return segments.reduce((most, segment) => Math.max(most, segmentBytes(segment, 16), segmentBytes(segment, 32)), 0)
}
