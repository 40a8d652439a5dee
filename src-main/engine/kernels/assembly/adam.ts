// Adam (Kingma and Ba 2015) in one pass over parameters, both moments and the gradient.

/**
 * m = beta1 m + rest1 g; v = beta2 v + rest2 g^2; theta -= step m / (sqrt(v) root + epsilon), where rest = 1 - beta,
 * step = learningRate / correction1 and root = 1 / sqrt(correction2), so that an element costs one division.
 */
export function adam(
  theta: usize,
  m: usize,
  v: usize,
  g: usize,
  n: i32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  step: f32,
  root: f32,
  epsilon: f32,
): void {
  let at: usize = 0
  const whole = (<usize>(n & ~3)) << 2
  for (; at < whole; at += 16) {
    const gradient = v128.load(g + at)
    const first = f32x4.add(f32x4.mul(f32x4.splat(beta1), v128.load(m + at)), f32x4.mul(f32x4.splat(rest1), gradient))
    const second = f32x4.add(f32x4.mul(f32x4.splat(beta2), v128.load(v + at)), f32x4.mul(f32x4.splat(rest2), f32x4.mul(gradient, gradient)))
    v128.store(m + at, first)
    v128.store(v + at, second)
    const scale = f32x4.add(f32x4.mul(f32x4.sqrt(second), f32x4.splat(root)), f32x4.splat(epsilon))
    v128.store(theta + at, f32x4.sub(v128.load(theta + at), f32x4.div(f32x4.mul(f32x4.splat(step), first), scale)))
  }
  for (const end = (<usize>n) << 2; at < end; at += 4) {
    const gradient = f32.load(g + at)
    const first = beta1 * f32.load(m + at) + rest1 * gradient
    const second = beta2 * f32.load(v + at) + rest2 * (gradient * gradient)
    f32.store(m + at, first)
    f32.store(v + at, second)
    f32.store(theta + at, f32.load(theta + at) - (step * first) / (sqrt<f32>(second) * root + epsilon))
  }
}
