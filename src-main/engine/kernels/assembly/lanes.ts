// Operations of a kernel on four random numbers z at elements i..i+3 of the slice p, of which only those in [0, n) exist.

/** p[i+lane] += scale * z[lane] where 0 <= i+lane < n. */
export function addWithin(p: usize, i: i32, n: i32, scale: f32, z: v128): void {
  if (<u32>i < <u32>n) addOne(p, i, scale, f32x4.extract_lane(z, 0))
  if (<u32>(i + 1) < <u32>n) addOne(p, i + 1, scale, f32x4.extract_lane(z, 1))
  if (<u32>(i + 2) < <u32>n) addOne(p, i + 2, scale, f32x4.extract_lane(z, 2))
  if (<u32>(i + 3) < <u32>n) addOne(p, i + 3, scale, f32x4.extract_lane(z, 3))
}

/** Sum of p[i+lane] * z[lane] where 0 <= i+lane < n. */
export function dotWithin(p: usize, i: i32, n: i32, z: v128): f64 {
  let sum: f64 = 0
  if (<u32>i < <u32>n) sum += <f64>f32.load(p + (i << 2)) * <f64>f32x4.extract_lane(z, 0)
  if (<u32>(i + 1) < <u32>n) sum += <f64>f32.load(p + ((i + 1) << 2)) * <f64>f32x4.extract_lane(z, 1)
  if (<u32>(i + 2) < <u32>n) sum += <f64>f32.load(p + ((i + 2) << 2)) * <f64>f32x4.extract_lane(z, 2)
  if (<u32>(i + 3) < <u32>n) sum += <f64>f32.load(p + ((i + 3) << 2)) * <f64>f32x4.extract_lane(z, 3)
  return sum
}

function addOne(p: usize, i: i32, scale: f32, z: f32): void {
  const address = p + (i << 2)
  f32.store(address, f32.load(address) + scale * z)
}

/** The low and high pair of x * y in double precision, added to a pair of accumulators. */
export function lowProduct(x: v128, y: v128): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y))
}

export function highProduct(x: v128, y: v128): v128 {
  return lowProduct(v128.shuffle<i64>(x, x, 1, 1), v128.shuffle<i64>(y, y, 1, 1))
}

export function sumOfPair(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1)
}
