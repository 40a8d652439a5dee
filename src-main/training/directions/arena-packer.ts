/** Packs rows of directions inside an arena, with kernels. The result is that of the codec without kernels, to the bit. */
import { Arena } from '#main/engine/arena.ts'
import type { Kernels } from '#main/engine/kernels/kernels.ts'
import type { PackRow } from '#main/wire/quantise.ts'
import type { Segment } from '#main/wire/segments.ts'

/** The bytes of a code, which has 16 bits at most. */
const CODE_BYTES = 2

export class ArenaPacker {
  private readonly arena: Arena
  private readonly kernels: Kernels
  private readonly row: Float32Array
  private readonly codes: Uint8Array

  constructor(segments: readonly Segment[], arena: Arena, kernels: Kernels) {
    this.arena = arena
    this.kernels = kernels
    this.row = arena.floats(widest(segments))
    this.codes = arena.bytes(CODE_BYTES * widest(segments))
  }

  /** Returns the bytes it takes of an arena. */
  static bytes(segments: readonly Segment[]): number {
    return Arena.sizeOf(4 * widest(segments)) + Arena.sizeOf(CODE_BYTES * widest(segments))
  }

  readonly pack: PackRow = (row, bits, scale, out) => {
    this.row.set(row)
    this.kernels.quantise(this.arena.offsetOf(this.codes), this.arena.offsetOf(this.row), row.length, bits, scale)
    out.set(this.codes.subarray(0, out.length))
  }
}

function widest(segments: readonly Segment[]): number {
  return segments.reduce((most, { columns }) => Math.max(most, columns), 0)
}
