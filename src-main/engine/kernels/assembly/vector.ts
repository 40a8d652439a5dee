// Plain vector arithmetic on float32 slices of n elements; x and y are addresses of their first elements, and sums accumulate in float64.
import { highProduct, lowProduct, sumOfPair } from './lanes'

/** Computes y[i] += a * x[i]. */
export function axpy(y: usize, x: usize, n: i32, a: f32): void {
  const factors = f32x4.splat(a)
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const at = i << 2
    v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(factors, v128.load(x + at))))
    v128.store(y + at, f32x4.add(v128.load(y + at, 16), f32x4.mul(factors, v128.load(x + at, 16))), 16)
  }
  for (; i < n; i++) f32.store(y + (i << 2), f32.load(y + (i << 2)) + a * f32.load(x + (i << 2)))
}

/** Computes x[i] *= a. */
export function scale(x: usize, n: i32, a: f32): void {
  const factors = f32x4.splat(a)
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const at = x + (i << 2)
    v128.store(at, f32x4.mul(factors, v128.load(at)))
    v128.store(at, f32x4.mul(factors, v128.load(at, 16)), 16)
  }
  for (; i < n; i++) f32.store(x + (i << 2), a * f32.load(x + (i << 2)))
}

/** Returns the sum of x[i] * y[i]. */
export function dot(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  let i = 0
  for (; i + 8 <= n; i += 8) {
    const at = i << 2
    const x0 = v128.load(x + at)
    const y0 = v128.load(y + at)
    const x1 = v128.load(x + at, 16)
    const y1 = v128.load(y + at, 16)
    a = f64x2.add(a, lowProduct(x0, y0))
    b = f64x2.add(b, highProduct(x0, y0))
    c = f64x2.add(c, lowProduct(x1, y1))
    d = f64x2.add(d, highProduct(x1, y1))
  }
  let sum = sumOfPair(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)))
  for (; i < n; i++) sum += <f64>f32.load(x + (i << 2)) * <f64>f32.load(y + (i << 2))
  return sum
}
