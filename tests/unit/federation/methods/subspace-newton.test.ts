import { expect, test } from 'vitest'
import { type StepLimits, type Whitened, whiten } from '#main/federation/methods/subspace-newton.ts'
import type { PhoneScalars } from '#main/federation/methods/method.ts'
import { Stream } from '#shared/random/counter.ts'
import { curved } from './curved.ts'

const DAMPING = 1.03
const FREE: StepLimits = { guided: 0, length: Infinity, nats: Infinity }

/** On so many rows that they hide nothing. */
const measured = (reports: readonly PhoneScalars[]): Whitened => whiten(reports, 1e15)

/** The whole Newton step, without limits. */
const whole = ({ slopes, step }: Whitened): readonly number[] =>
  step(
    slopes.map(() => 1),
    FREE,
  ).coefficients

test('along one direction the step is slope over curvature, and its evidence the slope squared over curvature', () => {
  const whitened = measured([curved({ guided: [6], metric: [4], noise: [1] })])
  expect(whitened.slopes[0]).toBeCloseTo(6 / Math.sqrt(4 * DAMPING), 12)
  expect(whole(whitened)[0]).toBeCloseTo(6 / (4 * DAMPING), 12)
  const { count, signal, noise } = whitened.evidence(0, 1)
  expect(count).toBe(1)
  expect(noise).toBeCloseTo(1 / (4 * DAMPING), 12)
  expect(signal).toBeCloseTo((36 - 1) / (4 * DAMPING), 12)
})

test('phones count by their rows, their noise by the squares of that', () => {
  const whitened = measured([
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
  const [x0, x1] = whole(
    measured([curved({ guided: [-(h00 * m0 + h01 * m1)], shared: [-(h01 * m0 + h11 * m1)], metric: [h00, h01, h11], noise: [0, 0, 0] })]),
  )
  const det = h00 * h11 * DAMPING ** 2 - h01 ** 2
  const [b0, b1] = [-(h00 * m0 + h01 * m1), -(h01 * m0 + h11 * m1)]
  expect(x0).toBeCloseTo((h11 * DAMPING * b0 - h01 * b1) / det, 12)
  expect(x1).toBeCloseTo((h00 * DAMPING * b1 - h01 * b0) / det, 12)
})

test('evidence does not depend on how long the directions are', () => {
  const plain = measured([curved({ guided: [2], shared: [3], metric: [2, 0.5, 3], noise: [0.1, 0.02, 0.2] })])
  const scaled = measured([curved({ guided: [20], shared: [0.3], metric: [200, 0.5, 0.03], noise: [10, 0.02, 0.002] })])
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
  const { evidence } = measured([curved({ guided: [3], shared: [3], metric: [9, 9, 9], noise: [0, 0, 0] })])
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
    const evidence = measured([curved({ guided: [n0, n0 + n1], metric: [2, 1, 3], noise: [1, 1, 2] })]).evidence(0, 2)
    signal += evidence.signal / draws
    noise = evidence.noise
  }
  expect(Math.abs(signal)).toBeLessThan(0.05 * noise)
})

test('directions along which nothing bends, and triangles that are not positive definite, still give finite steps', () => {
  const flat = measured([curved({ guided: [0, 1e-9], metric: [0, 0, 0], noise: [0, 0, 0] })])
  expect(whole(flat).every(Number.isFinite)).toBe(true)
  const indefinite = measured([curved({ guided: [1, 1], metric: [1, 5, 1], noise: [0, 0, 0] })])
  expect(whole(indefinite).every(Number.isFinite)).toBe(true)
})

/** G and a of random directions: more rows than directions, or fewer, so that G knows nothing of some of them. */
function drawn(stream: Stream, size: number): { a: number[]; g: number[][]; phone: ReturnType<typeof curved> } {
  const rows = 1 + stream.below(2 * size)
  const jacobian = Array.from({ length: rows }, () => Array.from({ length: size }, () => stream.normal()))
  const g = Array.from({ length: size }, (_, k) =>
    Array.from({ length: size }, (__, l) => jacobian.reduce((sum, row) => sum + (row[k]! * row[l]!) / rows, 0)),
  )
  const a = Array.from({ length: size }, () => stream.normal())
  const upper = (matrix: readonly (readonly number[])[]): number[] => matrix.flatMap((row, k) => row.slice(k))
  return { a, g, phone: curved({ guided: a, metric: upper(g), noise: upper(g.map((row) => row.map(() => 0))) }) }
}

test('a step within a radius is the best one there: no other of that length lowers the model by more', () => {
  const stream = new Stream([7, 8])
  for (let draw = 0; draw < 40; draw++) {
    const size = 2 + stream.below(6)
    const { a, g, phone } = drawn(stream, size)
    const radius = 0.05 + 0.5 * stream.uniform()
    const limits = { guided: size, length: radius, nats: Infinity }
    const { coefficients: x, length } = measured([phone]).step(Array<number>(size).fill(1), limits)
    const damped = g.map((row, k) => row.map((value, l) => (k === l ? value * DAMPING : value)))
    const decrease = (step: readonly number[]): number =>
      step.reduce((sum, value, k) => sum + a[k]! * value - (value * damped[k]!.reduce((inner, b, l) => inner + b * step[l]!, 0)) / 2, 0)
    expect(length).toBeCloseTo(Math.hypot(...x), 12)
    expect(length).toBeLessThanOrEqual(radius)
    const best = decrease(x)
    for (let other = 0; other < 200; other++) {
      const aside = x.map((value) => value + 0.3 * radius * stream.normal())
      const scale = Math.min(1, length / Math.hypot(...aside))
      expect(decrease(aside.map((value) => value * scale))).toBeLessThanOrEqual(best * 1.02 + 1e-9)
    }
  }
})

test('a step bends the loss by no more nats than it may, and keeps its direction', () => {
  const { phone } = drawn(new Stream([9, 9]), 4)
  const whitened = measured([phone])
  const free = whole(whitened)
  const { coefficients, nats } = whitened.step([1, 1, 1, 1], { ...FREE, nats: 1e-3 })
  expect(nats).toBe(1e-3)
  const ratio = coefficients[0]! / free[0]!
  coefficients.forEach((value, k) => expect(value).toBeCloseTo(ratio * free[k]!, 12))
})

test('along a combination that few rows did not bend along, a step goes no further than its directions alone would', () => {
  // One row: both directions look like one, and the slope along their difference is chance.
  const phone = curved({ guided: [1.1, 0.9], metric: [1, 1, 1], noise: [0, 0, 0] })
  const difference = (rows: number): number => {
    const [x0, x1] = whole(whiten([phone], rows)) as [number, number]
    return Math.abs(x0 - x1)
  }
  expect(difference(1e15)).toBeGreaterThan(3)
  expect(difference(1)).toBeLessThan(0.3)
})
