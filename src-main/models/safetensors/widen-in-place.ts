/**
 * Widens narrow values inside the memory that receives them: they lie in the last bytes of `out` and are replaced front to back, so a
 * layer of narrow weights needs no second buffer. Element i of n is read at byte (4 - w) n + w i, w bytes wide, and written at byte 4 i,
 * which overtakes no unread element.
 */
type NarrowType = 'F16' | 'BF16' | 'I8'

/** Fills `out` with the values that `narrowPart` expects in it; those of int8 are multiplied by `scale`, the others exact. */
export type Widen = (out: Float32Array, dtype: NarrowType, scale: number) => void

export const widenInPlace: Widen = (out, dtype, scale) => {
  if (dtype === 'I8') widenIntegers(out, scale)
  else if (dtype === 'BF16') widenTruncated(out)
  else widenHalves(out)
}

/** The bytes of `out` in which a `Widen` expects its values. */
export function narrowPart(out: Float32Array, dtype: NarrowType): Uint8Array {
  const bytes = out.length * (dtype === 'I8' ? 1 : 2)
  return new Uint8Array(out.buffer, out.byteOffset + out.byteLength - bytes, bytes)
}

function widenIntegers(out: Float32Array, scale: number): void {
  const integers = new Int8Array(out.buffer, out.byteOffset + 3 * out.length, out.length)
  const factor = Math.fround(scale)
  for (let i = 0; i < out.length; i++) out[i] = factor * (integers[i] as number)
}

/** bfloat16 is the upper half of a float32. */
function widenTruncated(out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  const halves = new Uint16Array(out.buffer, out.byteOffset + 2 * out.length, out.length)
  for (let i = 0; i < out.length; i++) bits[i] = (halves[i] as number) << 16
}

function widenHalves(out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  const halves = new Uint16Array(out.buffer, out.byteOffset + 2 * out.length, out.length)
  for (let i = 0; i < out.length; i++) {
    const half = halves[i] as number
    // Exponent and mantissa moved to float32's places leave the exponent short by 127 - 15; the product is exact, subnormals too.
    bits[i] = (half & 0x7fff) << 13
    out[i] = (out[i] as number) * 2 ** 112
    if ((half & 0x7c00) === 0x7c00) bits[i] = (bits[i] as number) | 0x7f800000
    if (half & 0x8000) bits[i] = (bits[i] as number) | 0x80000000
  }
}
