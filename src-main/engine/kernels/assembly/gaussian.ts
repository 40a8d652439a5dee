// Standard normal numbers by Box and Muller (1958), eight at a time: elements 8g..8g+3 are r cos a, 8g+4..8g+7 r sin a, where
// r = sqrt(-2 ln u) and a come from counters 4g..4g+3. u has 31 bits, so |z| reaches sqrt(-2 ln 2^-32) = 6.66.
// Polynomials are minimax fits (relative error of the logarithm 1.5e-7, absolute of sine and cosine 4e-8).
import { bits, countersOf, subkey } from './counter'
import { addWithin, dotWithin, highProduct, lowProduct, sumOfPair } from './lanes'

/** p[i] += scale * z(offset + i). */
export function addGaussian(p: usize, n: i32, scale: f32, k0: u32, k1: u32, offset: f64): void {
  sweep(true, p, n, scale, k0, k1, offset)
}

/** Sum of p[i] * z(offset + i). */
export function dotGaussian(p: usize, n: i32, k0: u32, k1: u32, offset: f64): f64 {
  return sweep(false, p, n, 0, k0, k1, offset)
}

// @ts-ignore: decorator
@inline
function sweep(add: bool, p: usize, n: i32, scale: f32, k0: u32, k1: u32, offset: f64): f64 {
  const r0 = subkey(k0, k1, 0)
  const r1 = subkey(k0, k1, 1)
  const r2 = subkey(k0, k1, 2)
  const a0 = subkey(k0, k1, 3)
  const a1 = subkey(k0, k1, 4)
  const a2 = subkey(k0, k1, 5)
  // V8 builds a vector constant anew at each use, three instructions each time. n (n + 1) is even, which no compiler here
  // sees, so what is added to this zero stays in a register or on the stack.
  const zero = i32x4.splat((n * (n + 1)) & 1)
  const m1 = v128.or(i32x4.splat(0xed5ad4bb), zero)
  const m2 = v128.or(i32x4.splat(0xac4c1b51), zero)
  const m3 = v128.or(i32x4.splat(0x31848bab), zero)
  const half = v128.or(f32x4.splat(0.5), zero)
  const one = v128.or(f32x4.splat(1), zero)
  const rootHalf = v128.or(i32x4.splat(0x3f3504f3), zero)
  const shift = v128.or(i32x4.splat(31), zero)
  const minusTwoLn2 = v128.or(f32x4.splat(-1.3862943611198906), zero)
  const l0 = v128.or(f32x4.splat(-2), zero)
  const l7 = v128.or(f32x4.splat(0.19939738512039185), zero)
  const l6 = v128.or(f32x4.splat(-0.323738157749176), zero)
  const l5 = v128.or(f32x4.splat(0.3457214832305908), zero)
  const l4 = v128.or(f32x4.splat(-0.39816954731941223), zero)
  const l3 = v128.or(f32x4.splat(0.499350368976593), zero)
  const l2 = v128.or(f32x4.splat(-0.6666920781135559), zero)
  const l1 = v128.or(f32x4.splat(1.0000079870224), zero)
  const quarter = v128.or(f32x4.splat(4.656612873077393e-10), zero)
  const c4 = v128.or(f32x4.splat(0.0008566938922740519), zero)
  const c3 = v128.or(f32x4.splat(-0.02080743946135044), zero)
  const c2 = v128.or(f32x4.splat(0.2536486089229584), zero)
  const c1 = v128.or(f32x4.splat(-1.233697772026062), zero)
  const c0 = v128.or(f32x4.splat(0.9999999403953552), zero)
  const s4 = v128.or(f32x4.splat(0.00015291101590264589), zero)
  const s3 = v128.or(f32x4.splat(-0.0046767378225922585), zero)
  const s2 = v128.or(f32x4.splat(0.07969158887863159), zero)
  const s1 = v128.or(f32x4.splat(-0.6459640860557556), zero)
  const s0 = v128.or(f32x4.splat(1.5707963705062866), zero)
  const top = v128.or(i32x4.splat(0x80000000), zero)
  const four = v128.or(i32x4.splat(4), zero)
  const scales = f32x4.splat(scale)

  const first = <u64>offset
  let counters = countersOf(<u32>(first >> 3))
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  let edges: f64 = 0
  for (let i = -(<i32>(first & 7)); i < n; i += 8) {
    // u = (floor(word / 2) + 1/2) / 2^31 = m 2^e with m in [sqrt(1/2), sqrt(2)); near u = 1 e is 0 and ln u keeps its relative precision.
    const u = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(bits(counters, r0, r1, r2, m1, m2, m3), 1)), half)
    const exponents = i32x4.shr_s(i32x4.sub(u, rootHalf), 23)
    const t = f32x4.sub(i32x4.sub(u, i32x4.shl(exponents, 23)), one)
    const tt = f32x4.mul(t, t)
    const lower = f32x4.add(linear(l0, l1, t), f32x4.mul(tt, linear(l2, l3, t)))
    const upper = f32x4.add(linear(l4, l5, t), f32x4.mul(tt, linear(l6, l7, t)))
    const q = f32x4.mul(t, f32x4.add(lower, f32x4.mul(f32x4.mul(tt, tt), upper)))
    const e = f32x4.convert_i32x4_s(i32x4.sub(exponents, shift))
    const r = f32x4.sqrt(f32x4.add(q, f32x4.mul(e, minusTwoLn2)))

    const words = bits(counters, a0, a1, a2, m1, m2, m3)
    const a = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(words, 1)), quarter)
    const s = f32x4.mul(a, a)
    const ss = f32x4.mul(s, s)
    const cosine = f32x4.add(linear(c0, c1, s), f32x4.mul(ss, f32x4.add(linear(c2, c3, s), f32x4.mul(ss, c4))))
    const sine = f32x4.mul(a, f32x4.add(linear(s0, s1, s), f32x4.mul(ss, f32x4.add(linear(s2, s3, s), f32x4.mul(ss, s4)))))
    const even = f32x4.mul(r, v128.xor(cosine, v128.and(words, top)))
    const odd = f32x4.mul(r, sine)

    counters = i32x4.add(counters, four)
    if (i < 0 || i + 8 > n) {
      if (add) {
        addWithin(p, i, n, scale, even)
        addWithin(p, i + 4, n, scale, odd)
      } else {
        edges += dotWithin(p, i, n, even) + dotWithin(p, i + 4, n, odd)
      }
      continue
    }
    const address = p + (i << 2)
    if (add) {
      v128.store(address, f32x4.add(v128.load(address), f32x4.mul(scales, even)))
      v128.store(address, f32x4.add(v128.load(address, 16), f32x4.mul(scales, odd)), 16)
    } else {
      const x = v128.load(address)
      const y = v128.load(address, 16)
      low = f64x2.add(low, f64x2.add(lowProduct(x, even), lowProduct(y, odd)))
      high = f64x2.add(high, f64x2.add(highProduct(x, even), highProduct(y, odd)))
    }
  }
  return edges + sumOfPair(f64x2.add(low, high))
}

/** a + b x. */
// @ts-ignore: decorator
@inline
function linear(a: v128, b: v128, x: v128): v128 {
  return f32x4.add(a, f32x4.mul(b, x))
}
