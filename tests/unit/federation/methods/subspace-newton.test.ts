import { expect, test } from 'vitest'
import { whiten } from '#main/federation/methods/subspace-newton.ts'
import { Stream } from '#shared/random/counter.ts'
import { curved } from './curved.ts'

const DAMPING = 1.03

test('along one direction the step is slope over curvature, and its evidence the slope squared over curvature', () => {
  const whitened = whiten([curved({ guided: [6], metric: [4], noise: [1] })])
  expect(whitened.slopes[0]).toBeCloseTo(6 / Math.sqrt(4 * DAMPING), 12)
  expect(whitened.coefficients(whitened.slopes)[0]).toBeCloseTo(6 / (4 * DAMPING), 12)
  const { count, signal, noise } = whitened.evidence(0, 1)
  expect(count).toBe(1)
  expect(noise).toBeCloseTo(1 / (4 * DAMPING), 12)
  expect(signal).toBeCloseTo((36 - 1) / (4 * DAMPING), 12)
})

test('phones count by their rows, their noise by the squares of that', () => {
  const whitened = whiten([
    curved({ weight: 0.75, guided: [4], metric: [8], noise: [1] }),
    curved({ weight: 0.25, guided: [-4], metric: [4], noise: [7] }),
  ])
  // Slope 2, curvature 7, noise .5625 + .4375 = 1.
  expect(whitened.slopes[0]! ** 2).toBeCloseTo(4 / (7 * DAMPING), 12)
  expect(whitened.evidence(0, 1).noise).toBeCloseTo(1 / (7 * DAMPING), 12)
})

test('a full step leads to the lowest point of a quadratic, whatever its axes, but for the damping', () => {
  // L(x) = 1/2 (x - m)^T H (x - m) along x, that is a = -H m at 0; steps go against x.
  const [h00, h01, h11] = [5, 3, 4]
  const [m0, m1] = [0.7, -0.2]
  const { slopes, coefficients } = whiten([
    curved({ guided: [-(h00 * m0 + h01 * m1)], shared: [-(h01 * m0 + h11 * m1)], metric: [h00, h01, h11], noise: [0, 0, 0] }),
  ])
  const [x0, x1] = coefficients(slopes)
  const det = h00 * h11 * DAMPING ** 2 - h01 ** 2
  const [b0, b1] = [-(h00 * m0 + h01 * m1), -(h01 * m0 + h11 * m1)]
  expect(x0).toBeCloseTo((h11 * DAMPING * b0 - h01 * b1) / det, 12)
  expect(x1).toBeCloseTo((h00 * DAMPING * b1 - h01 * b0) / det, 12)
})

test('evidence does not depend on how long the directions are', () => {
  const plain = whiten([curved({ guided: [2], shared: [3], metric: [2, 0.5, 3], noise: [0.1, 0.02, 0.2] })])
  const scaled = whiten([curved({ guided: [20], shared: [0.3], metric: [200, 0.5, 0.03], noise: [10, 0.02, 0.002] })])
  for (const [from, to] of [
    [0, 1],
    [1, 2],
  ] as const) {
    const [a, b] = [plain.evidence(from, to), scaled.evidence(from, to)]
    expect(b.signal).toBeCloseTo(a.signal, 10)
    expect(b.noise).toBeCloseTo(a.noise, 10)
  }
})

test('a direction that repeats an earlier one adds nothing', () => {
  const { evidence } = whiten([curved({ guided: [3], shared: [3], metric: [9, 9, 9], noise: [0, 0, 0] })])
  expect(evidence(0, 1).signal).toBeCloseTo(1 / DAMPING, 12)
  expect(evidence(1, 2).signal).toBeLessThan(0.03)
})

test('the signal of directions along which nothing is to be gained is 0 on average', () => {
  const stream = new Stream([5, 6])
  let [signal, noise] = [0, 0]
  const draws = 4000
  for (let draw = 0; draw < draws; draw++) {
    // Correlated noise (n0, n0 + n1) and nothing else: covariance [1 1; 1 2].
    const [n0, n1] = [stream.normal(), stream.normal()]
    const evidence = whiten([curved({ guided: [n0, n0 + n1], metric: [2, 1, 3], noise: [1, 1, 2] })]).evidence(0, 2)
    signal += evidence.signal / draws
    noise = evidence.noise
  }
  expect(Math.abs(signal)).toBeLessThan(0.05 * noise)
})

test('directions along which nothing bends, and triangles that are not positive definite, still give finite steps', () => {
  const flat = whiten([curved({ guided: [0, 1e-9], metric: [0, 0, 0], noise: [0, 0, 0] })])
  expect(flat.coefficients(flat.slopes).every(Number.isFinite)).toBe(true)
  const indefinite = whiten([curved({ guided: [1, 1], metric: [1, 5, 1], noise: [0, 0, 0] })])
  expect(indefinite.coefficients(indefinite.slopes).every(Number.isFinite)).toBe(true)
})
