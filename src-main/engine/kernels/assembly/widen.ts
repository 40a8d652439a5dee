// Frozen weights in a narrow type widened to float32. Source and destination must not overlap, but the source may be the last bytes of
// the destination: n values are read front to back before what is written reaches them.

/** IEEE binary16 to float32, exact; infinities and NaN payloads are kept. */
export function halfToFloat(dst: usize, src: usize, n: i32): void {
  let i = 0
  for (; i + 4 <= n; i += 4) v128.store(dst + (i << 2), halves(v128.load16x4_u(src + (i << 1))))
  for (; i < n; i++) f32.store(dst + (i << 2), f32x4.extract_lane(halves(i32x4.splat(load<u16>(src + (i << 1)))), 0))
}

// Exponent and fraction moved into place make a float 2^112 too small, subnormals included; an exponent of all ones is set again after.
function halves(h: v128): v128 {
  const magnitude = i32x4.shr_u(i32x4.shl(h, 17), 4)
  const scaled = f32x4.mul(magnitude, f32x4.splat(5.192296858534828e33))
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000))
  return v128.or(v128.or(scaled, special), i32x4.shl(i32x4.shr_u(h, 15), 31))
}

/** bfloat16 (the upper half of a float32) to float32, exact. */
export function bfloat16ToFloat(dst: usize, src: usize, n: i32): void {
  let i = 0
  for (; i + 4 <= n; i += 4) v128.store(dst + (i << 2), i32x4.shl(v128.load16x4_u(src + (i << 1)), 16))
  for (; i < n; i++) store<u32>(dst + (i << 2), (<u32>load<u16>(src + (i << 1))) << 16)
}

/** dst[r][c] = scales[r] * src[r][c], int8 rows without padding. */
export function int8ToFloat(dst: usize, src: usize, rows: i32, columns: i32, scales: usize): void {
  for (let row = 0; row < rows; row++) {
    const factor = f32.load(scales + (row << 2))
    const factors = f32x4.splat(factor)
    let i = 0
    for (; i + 8 <= columns; i += 8) {
      const wide = v128.load8x8_s(src + i)
      v128.store(dst + (i << 2), f32x4.mul(factors, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(wide))))
      v128.store(dst + (i << 2), f32x4.mul(factors, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(wide))), 16)
    }
    for (; i < columns; i++) f32.store(dst + (i << 2), factor * <f32>load<i8>(src + i))
    src += columns
    dst += columns << 2
  }
}
