// Directions coded with b bits a value: one row, little-endian bit order, least significant bit first, whole bytes. A code of one bit is
// q = +1 or -1; of b >= 2 bits it is the unsigned number q + 2^(b-1) - 1.

/**
 * Packs the codes of a row of float32: q = the whole number nearest to src[i] / scale (float64, halves away from 0) within the levels of
 * b bits; of one bit, its sign. A scale of 0 is that of a row of zeros. Writes ceil(n b / 8) bytes.
 */
export function quantise(dst: usize, src: usize, n: i32, b: i32, scale: f32): void {
  const levels: f64 = b == 1 ? 0 : <f64>((1 << (b - 1)) - 1)
  const most = f64x2.splat(levels)
  const scales = f64x2.splat(scale == 0 ? 1 : <f64>scale)
  const half = f64x2.splat(0.5)
  const sign = i64x2.splat(0x8000000000000000)
  let pending: u64 = 0
  let waiting = 0
  for (let i = 0; i < n; i += 2) {
    const pair = i + 2 <= n
    const values = pair ? v128.load64_zero(src + (i << 2)) : v128.load32_zero(src + (i << 2))
    let first: u32
    let second: u32
    if (b == 1) {
      first = f32x4.extract_lane(values, 0) < 0 ? 0 : 1
      second = f32x4.extract_lane(values, 1) < 0 ? 0 : 1
    } else {
      const ratio = f64x2.div(f64x2.promote_low_f32x4(values), scales)
      const size = f64x2.min(f64x2.floor(f64x2.add(f64x2.abs(ratio), half)), most)
      const codes = i32x4.trunc_sat_f64x2_s_zero(f64x2.add(v128.or(size, v128.and(ratio, sign)), most))
      first = i32x4.extract_lane(codes, 0)
      second = i32x4.extract_lane(codes, 1)
    }
    pending |= (<u64>first) << waiting
    waiting += b
    if (pair) {
      pending |= (<u64>second) << waiting
      waiting += b
    }
    if (waiting >= 32) {
      store<u32>(dst, <u32>pending)
      dst += 4
      pending >>= 32
      waiting -= 32
    }
  }
  for (; waiting > 0; waiting -= 8) {
    store<u8>(dst++, <u8>pending)
    pending >>= 8
  }
}

/** dst[i] += factor * q[i], b in 1..8 or 16. */
export function dequantiseAdd(dst: usize, src: usize, n: i32, b: i32, factor: f32): void {
  if (b == 16) {
    add16(dst, src, n, factor)
    return
  }
  const factors = f32x4.splat(factor)
  const slope: i32 = b == 1 ? 2 : 1
  const slopes = i32x4.splat(slope)
  const bias: i32 = b == 1 ? 1 : (1 << (b - 1)) - 1
  const biases = i32x4.splat(bias)
  const down = 32 - b
  // Four codes lie in one word; multiplying lane k by 2^(32 - b (k+1)) lifts code k to the top of its lane.
  let lifts = i32x4.splat(1 << down)
  lifts = i32x4.replace_lane(lifts, 1, 1 << (32 - 2 * b))
  lifts = i32x4.replace_lane(lifts, 2, 1 << (32 - 3 * b))
  lifts = i32x4.replace_lane(lifts, 3, 1 << ((32 - 4 * b) & 31))
  const end = src + <usize>((<u64>n * b + 7) >> 3)
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const word = src + 8 <= end ? load<u64>(src) : bytesOf(src, b)
    addCodes(dst, word, lifts, slopes, biases, down, factors)
    addCodes(dst + 16, word >> (4 * b), lifts, slopes, biases, down, factors)
    src += b
    dst += 32
  }
  if (i < n) {
    let word = bytesOf(src, ((n - i) * b + 7) >> 3)
    const mask = (1 << b) - 1
    for (; i < n; i++) {
      const code = <i32>word & mask
      f32.store(dst, f32.load(dst) + factor * <f32>(slope * code - bias))
      word >>= b
      dst += 4
    }
  }
}

function addCodes(dst: usize, word: u64, lifts: v128, slopes: v128, biases: v128, down: i32, factors: v128): void {
  const codes = i32x4.shr_u(i32x4.mul(i32x4.splat(<i32>word), lifts), down)
  const q = f32x4.convert_i32x4_s(i32x4.sub(i32x4.mul(slopes, codes), biases))
  v128.store(dst, f32x4.add(v128.load(dst), f32x4.mul(factors, q)))
}

function add16(dst: usize, src: usize, n: i32, factor: f32): void {
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const q = f32x4.convert_i32x4_s(i32x4.sub(v128.load16x4_u(src + (i << 1)), i32x4.splat(32767)))
    v128.store(dst + (i << 2), f32x4.add(v128.load(dst + (i << 2)), f32x4.mul(f32x4.splat(factor), q)))
  }
  for (; i < n; i++) {
    const q = <f32>(<i32>load<u16>(src + (i << 1)) - 32767)
    f32.store(dst + (i << 2), f32.load(dst + (i << 2)) + factor * q)
  }
}

/** The first `count` <= 8 bytes as a little-endian number; reads no further. */
function bytesOf(src: usize, count: i32): u64 {
  let word: u64 = 0
  for (let k = 0; k < count; k++) word |= (<u64>load<u8>(src + k)) << (8 * k)
  return word
}
