/**
 * Widens 16-bit floats to float32 inside the memory that receives them: the 16-bit values lie in the upper half of `out`'s bytes and are
 * replaced front to back, so a layer of half-precision weights needs no second buffer. Element i is read at byte 2n + 2i and written at
 * byte 4i, which overtakes no unread element.
 */
export function widenInPlace(out: Float32Array, dtype: 'F16' | 'BF16'): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length)
  const halves = upperHalf(out)
  if (dtype === 'BF16') {
    // bfloat16 is the upper half of a float32.
    for (let i = 0; i < out.length; i++) bits[i] = (halves[i] as number) << 16
    return
  }
  for (let i = 0; i < out.length; i++) {
    const half = halves[i] as number
    // Exponent and mantissa moved to float32's places leave the exponent short by 127 - 15; the product is exact, subnormals too.
    bits[i] = (half & 0x7fff) << 13
    out[i] = (out[i] as number) * 2 ** 112
    if ((half & 0x7c00) === 0x7c00) bits[i] = (bits[i] as number) | 0x7f800000
    if (half & 0x8000) bits[i] = (bits[i] as number) | 0x80000000
  }
}

/** The bytes of `out` in which `widenInPlace` expects its n 16-bit values. */
export function upperHalf(out: Float32Array): Uint16Array {
  return new Uint16Array(out.buffer, out.byteOffset + 2 * out.length, out.length)
}
