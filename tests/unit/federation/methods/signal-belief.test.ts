import { expect, test } from 'vitest'
import { SignalBelief } from '#main/federation/methods/signal-belief.ts'
import { Stream } from '#shared/random/counter.ts'

const STILL = { shift: 0, spread: 0.1 }

/** |b|^2 of K directions in units of their noise, with q of signal each. */
function drawn(stream: Stream, q: number, count: number): number {
  let size = 0
  for (let k = 0; k < count; k++) size += (Math.sqrt(q) + stream.normal()) ** 2
  return size
}

function after(size: number, count: number): number {
  const belief = new SignalBelief(0.3, 1.5)
  belief.measure(size, count)
  return belief.mean
}

test.each([
  [2, 3],
  [4, 6],
  [8, 10],
  [8, 40],
])('what is believed after %i directions showed %d is the mean of all signals that show as much, by simulation', (count, size) => {
  const stream = new Stream([count, size])
  let [sum, weights] = [0, 0]
  for (let draw = 0; draw < 400_000; draw++) {
    const q = Math.exp(Math.log(0.3) + 1.5 * stream.normal())
    const closeness = Math.exp(-(((drawn(stream, q, count) / size - 1) / 0.05) ** 2) / 2)
    sum += closeness * Math.min(q, 300)
    weights += closeness
  }
  expect(after(size, count) / (sum / weights)).toBeGreaterThan(0.9)
  expect(after(size, count) / (sum / weights)).toBeLessThan(1.1)
})

test('a clear signal is believed as it was measured, one that could be noise only in part, and none is never none', () => {
  // |b|^2 = K (1 + q).
  expect(after(8 * 101, 8)).toBeGreaterThan(95)
  expect(after(8 * 101, 8)).toBeLessThan(105)
  expect(after(4 * 3, 4)).toBeLessThan(1.5)
  expect(after(0, 4)).toBeGreaterThan(0.1)
  expect(after(0, 4)).toBeLessThan(0.5)
})

test('steps as long as the belief says lower the loss by what it promises, and more than those as long as measured', () => {
  const stream = new Stream([3, 1])
  const gain = (q: number, b: number, w: number): number => w * b * Math.sqrt(q) - (w * b) ** 2 / 2
  let [believed, promised, measured] = [0, 0, 0]
  for (let draw = 0; draw < 20_000; draw++) {
    const q = Math.exp(Math.log(0.3) + 1.5 * stream.normal())
    const slopes = Array.from({ length: 4 }, () => Math.sqrt(q) + stream.normal())
    const size = slopes.reduce((sum, b) => sum + b * b, 0)
    const mean = after(size, 4)
    const [w, naive] = [mean / (1 + mean), Math.max(0, 1 - 4 / size)]
    for (const b of slopes) {
      believed += gain(q, b, w)
      measured += gain(q, b, naive)
      promised += (mean * w) / 2
    }
  }
  expect(believed / promised).toBeGreaterThan(0.9)
  expect(believed / promised).toBeLessThan(1.1)
  expect(believed).toBeGreaterThan(1.02 * measured)
})

test('many measurements of one signal find it; after a change the belief follows', () => {
  const stream = new Stream([5, 5])
  const belief = new SignalBelief(0.3, 1.5)
  const measure = (q: number, rounds: number): number => {
    for (let round = 0; round < rounds; round++) {
      belief.pass(1, STILL)
      belief.measure(drawn(stream, q, 10), 10)
    }
    return belief.mean
  }
  expect(Math.abs(Math.log(measure(1, 60)))).toBeLessThan(0.4)
  expect(Math.abs(Math.log(measure(20, 60) / 20))).toBeLessThan(0.4)
})

test('the more rounds pass the less is known, and what is known moves with the shift', () => {
  const spreadAfter = (rounds: number): number => {
    const belief = new SignalBelief(0.3, 0.7)
    for (let i = 0; i < 30; i++) belief.measure(8 * 1.3, 8)
    belief.pass(rounds, { shift: 0, spread: 0.5 })
    belief.measure(8 * 21, 8)
    return belief.mean
  }
  expect(spreadAfter(16)).toBeGreaterThan(1.4 * spreadAfter(1))
  const sinking = new SignalBelief(10, 0.2)
  sinking.pass(2, { shift: -1, spread: 0.1 })
  expect(Math.log(sinking.mean / 10)).toBeCloseTo(-2, 1)
})

test('the quantiles of a belief lie on both sides of its median, and few of its draws below a low one', () => {
  const belief = new SignalBelief(1, 1.5)
  expect(Math.log(belief.quantile(0.5))).toBeCloseTo(0, 0)
  expect(Math.log(belief.quantile(0.1)) / 1.5).toBeCloseTo(-1.28, 0)
  expect(belief.quantile(0.1)).toBeLessThan(belief.quantile(0.9))
})
