// Standard normal numbers by Box and Muller (1958), eight at a time: elements 8g..8g+3 are r cos a, 8g+4..8g+7 are r sin a, where
// r = sqrt(-2 ln u) and the angle a come from counters 4g..4g+3. u has 31 bits, so |z| reaches sqrt(-2 ln 2^-32) = 6.66.
// Polynomials are minimax fits (relative error of the logarithm 1.5e-7, absolute error of sine and cosine 4e-8).
import { bits, countersOf, MULTIPLIER_1, MULTIPLIER_2, MULTIPLIER_3, subkey } from './triple32'
import { addWithin, dotWithin, highProduct, lowProduct, sumOfPair } from './lanes'

/** Adds random values: p[i] += scale * z(offset + i). */
export function addGaussian(p: usize, n: i32, scale: f32, k0: u32, k1: u32, offset: f64): void {
  sweep(true, p, n, scale, k0, k1, offset)
}

/** Returns the sum of p[i] * z(offset + i). */
export function dotGaussian(p: usize, n: i32, k0: u32, k1: u32, offset: f64): f64 {
  return sweep(false, p, n, 0, k0, k1, offset)
}

function sweep(add: bool, p: usize, n: i32, scale: f32, k0: u32, k1: u32, offset: f64): f64 {
  const r0 = subkey(k0, k1, 0)
  const r1 = subkey(k0, k1, 1)
  const r2 = subkey(k0, k1, 2)
  const a0 = subkey(k0, k1, 3)
  const a1 = subkey(k0, k1, 4)
  const a2 = subkey(k0, k1, 5)
  // V8 builds a vector constant anew at each use, three instructions each time. n (n + 1) is even, which no compiler here
  // sees, so a constant joined with this zero stays in a register or on the stack; it saves a third of the time.
  const zero = i32x4.splat((n * (n + 1)) & 1)
  const m1 = v128.or(i32x4.splat(MULTIPLIER_1), zero)
  const m2 = v128.or(i32x4.splat(MULTIPLIER_2), zero)
  const m3 = v128.or(i32x4.splat(MULTIPLIER_3), zero)
  const four = v128.or(i32x4.splat(4), zero)
  const signBit = v128.or(i32x4.splat(0x80000000), zero)
  const rootHalf = v128.or(f32x4.splat(0.7071067690849304), zero)
  const half = v128.or(f32x4.splat(0.5), zero)
  const one = v128.or(f32x4.splat(1), zero)
  const bitsOfU = v128.or(i32x4.splat(31), zero)
  const angleScale = v128.or(f32x4.splat(4.656612873077393e-10), zero) // 2^-31
  // -2 ln 2, and -2 ln(1 + t) = t (l0 + l1 t + ... + l7 t^7)
  const minusTwoLn2 = v128.or(f32x4.splat(-1.3862943611198906), zero)
  const l0 = v128.or(f32x4.splat(-2), zero)
  const l1 = v128.or(f32x4.splat(1.0000079870224), zero)
  const l2 = v128.or(f32x4.splat(-0.6666921181559259), zero)
  const l3 = v128.or(f32x4.splat(0.499350368976593), zero)
  const l4 = v128.or(f32x4.splat(-0.39816954731941223), zero)
  const l5 = v128.or(f32x4.splat(0.3457214832305908), zero)
  const l6 = v128.or(f32x4.splat(-0.323738157749176), zero)
  const l7 = v128.or(f32x4.splat(0.19939738512039185), zero)
  // cos(pi/2 h) = c0 + c1 h^2 + ... + c4 h^8
  const c0 = v128.or(f32x4.splat(0.9999999403953552), zero)
  const c1 = v128.or(f32x4.splat(-1.233697772026062), zero)
  const c2 = v128.or(f32x4.splat(0.2536486089229584), zero)
  const c3 = v128.or(f32x4.splat(-0.02080743946135044), zero)
  const c4 = v128.or(f32x4.splat(0.0008566938922740519), zero)
  // sin(pi/2 h) = h (s0 + s1 h^2 + ... + s4 h^8)
  const s0 = v128.or(f32x4.splat(1.5707963705062866), zero)
  const s1 = v128.or(f32x4.splat(-0.6459640860557556), zero)
  const s2 = v128.or(f32x4.splat(0.07969158887863159), zero)
  const s3 = v128.or(f32x4.splat(-0.0046767378225922585), zero)
  const s4 = v128.or(f32x4.splat(0.00015291101590264589), zero)

  const scales = f32x4.splat(scale)
  const first = <u64>offset
  let counters = countersOf(<u32>(first >> 3))
  let sums = f64x2.splat(0)
  let edges: f64 = 0
  for (let i = -(<i32>(first & 7)); i < n; i += 8) {
    // 2^31 u = floor(word / 2) + 1/2 = m 2^(e + 31) with m in [sqrt(1/2), sqrt(2)): near u = 1 e is 0 and ln u keeps its relative precision.
    const u = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(bits(counters, r0, r1, r2, m1, m2, m3), 1)), half)
    const exponent = i32x4.shr_s(i32x4.sub(u, rootHalf), 23)
    const t = f32x4.sub(i32x4.sub(u, i32x4.shl(exponent, 23)), one)
    const tt = f32x4.mul(t, t)
    const lower = f32x4.add(linear(l0, l1, t), f32x4.mul(tt, linear(l2, l3, t)))
    const upper = f32x4.add(linear(l4, l5, t), f32x4.mul(tt, linear(l6, l7, t)))
    const fraction = f32x4.mul(t, f32x4.add(lower, f32x4.mul(f32x4.mul(tt, tt), upper)))
    const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, bitsOfU))
    const r = f32x4.sqrt(f32x4.add(fraction, f32x4.mul(e, minusTwoLn2)))

    // The low 31 bits are an angle in a half circle where cos >= 0; the top bit gives the cosine its sign.
    const words = bits(counters, a0, a1, a2, m1, m2, m3)
    const h = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(words, 1)), angleScale)
    const s = f32x4.mul(h, h)
    const ss = f32x4.mul(s, s)
    const cosine = f32x4.add(linear(c0, c1, s), f32x4.mul(ss, f32x4.add(linear(c2, c3, s), f32x4.mul(ss, c4))))
    const sine = f32x4.mul(h, f32x4.add(linear(s0, s1, s), f32x4.mul(ss, f32x4.add(linear(s2, s3, s), f32x4.mul(ss, s4)))))
    const z0 = f32x4.mul(r, v128.xor(cosine, v128.and(words, signBit)))
    const z4 = f32x4.mul(r, sine)

    counters = i32x4.add(counters, four)
    const address = p + (i << 2)
    if (i < 0 || i + 8 > n) {
      if (add) {
        addWithin(p, i, n, scale, z0)
        addWithin(p, i + 4, n, scale, z4)
      } else {
        edges += dotWithin(p, i, n, z0) + dotWithin(p, i + 4, n, z4)
      }
    } else if (add) {
      v128.store(address, f32x4.add(v128.load(address), f32x4.mul(scales, z0)))
      v128.store(address, f32x4.add(v128.load(address, 16), f32x4.mul(scales, z4)), 16)
    } else {
      const x0 = v128.load(address)
      const x4 = v128.load(address, 16)
      const low = f64x2.add(lowProduct(x0, z0), lowProduct(x4, z4))
      const high = f64x2.add(highProduct(x0, z0), highProduct(x4, z4))
      sums = f64x2.add(sums, f64x2.add(low, high))
    }
  }
  return edges + sumOfPair(sums)
}

/** Computes a + b x in each lane. */
function linear(a: v128, b: v128, x: v128): v128 {
  return f32x4.add(a, f32x4.mul(b, x))
}
