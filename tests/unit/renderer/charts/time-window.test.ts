import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepOf, timeTicks } from '#renderer/charts/gantt/time-ticks.ts'
import { panned, pixelAt, revealing, secondsAt, wholeWindow, zoomed, zoomedTo } from '#renderer/charts/gantt/time-window.ts'

const shares = fc.double({ min: 0, max: 1, noNaN: true })

test('zooming in keeps the moment under the pointer where it is', () => {
  fc.assert(
    fc.property(shares, fc.double({ min: 0.01, max: 1, noNaN: true }), (share, factor) => {
      const window = wholeWindow(60)
      const anchor = window.fromSeconds + share * (window.toSeconds - window.fromSeconds)
      const closer = zoomed(window, anchor, factor, 60)
      expect(pixelAt(closer, 1000, anchor)).toBeCloseTo(1000 * share, 4)
    }),
  )
})

test('no zooming and panning leads beyond the schedule and its margins', () => {
  const step = fc.tuple(fc.boolean(), fc.double({ min: -100, max: 100, noNaN: true }), shares)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const whole = wholeWindow(10)
      let window = whole
      for (const [zooms, amount, share] of steps) {
        const anchor = window.fromSeconds + share * (window.toSeconds - window.fromSeconds)
        window = zooms ? zoomed(window, anchor, 2 ** (amount / 20), 10) : panned(window, amount, 10)
        expect(window.fromSeconds).toBeGreaterThanOrEqual(whole.fromSeconds - 1e-9)
        expect(window.toSeconds).toBeLessThanOrEqual(whole.toSeconds + 1e-9)
        expect(window.toSeconds).toBeGreaterThan(window.fromSeconds)
      }
    }),
  )
})

test('pixels and seconds are each other’s inverse', () => {
  const window = { fromSeconds: 2, toSeconds: 6 }
  expect(secondsAt(window, 400, 100)).toBe(3)
  expect(pixelAt(window, 400, 3)).toBe(100)
})

test('what is selected comes into view with as little movement as possible', () => {
  const window = { fromSeconds: 10, toSeconds: 20 }
  expect(revealing(window, 12, 13, 100)).toBe(window)
  expect(revealing(window, 30, 31, 100)).toStrictEqual({ fromSeconds: 22, toSeconds: 32 })
  expect(revealing(window, 5, 6, 100)).toStrictEqual({ fromSeconds: 4, toSeconds: 14 })
  const wide = revealing(window, 10, 60, 100)
  expect(wide.fromSeconds).toBeLessThan(10)
  expect(wide.toSeconds).toBeGreaterThan(60)
})

test('zooming to a task leaves a quarter of its length on either side', () => {
  expect(zoomedTo(4, 8, 100)).toStrictEqual({ fromSeconds: 3, toSeconds: 9 })
})

test('ticks stand at round numbers, far enough apart, none before the beginning', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (span, from) => {
      const window = { fromSeconds: from * span - 0.02 * span, toSeconds: (from + 1) * span }
      const ticks = timeTicks(window, 900, 90)
      expect(ticks.length).toBeLessThanOrEqual(11)
      expect(ticks.length).toBeGreaterThanOrEqual(1)
      for (const { seconds } of ticks) expect(seconds).toBeGreaterThanOrEqual(0)
      expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length)
    }),
  )
})

test('ticks are read in the unit of the window: µs, ms, s, minutes, hours', () => {
  const texts = (fromSeconds: number, toSeconds: number): string[] =>
    timeTicks({ fromSeconds, toSeconds }, 400, 100).map(({ text }) => text)
  expect(texts(0, 4e-5)).toStrictEqual(['0', '10 µs', '20 µs', '30 µs', '40 µs'])
  expect(texts(0, 0.8)).toStrictEqual(['0', '200 ms', '400 ms', '600 ms', '800 ms'])
  expect(texts(0, 2)).toStrictEqual(['0', '0.5 s', '1.0 s', '1.5 s', '2.0 s'])
  expect(texts(0, 240)).toStrictEqual(['0', '1:00', '2:00', '3:00', '4:00'])
  expect(texts(3600, 3720)).toStrictEqual(['1:00:00', '1:00:30', '1:01:00', '1:01:30', '1:02:00'])
})

test('steps are those in which people count', () => {
  expect([0.003, 0.05, 0.6, 7, 40, 200, 4000].map(stepOf)).toStrictEqual([0.005, 0.05, 1, 10, 60, 300, 7200])
})
