import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinkModel, type LinkProperties } from '#main/network/link.ts'
import { InputError } from '#shared/errors/input-error.ts'

const lte: LinkProperties = { downBitsPerSecond: 12e6, upBitsPerSecond: 6e6, roundTripSeconds: 0.07, lossRate: 0 }

describe('a link', () => {
  test('takes half a round trip and the bits over the bandwidth of the direction', () => {
    const link = new LinkModel('lte', lte, 1)
    expect(link.transferSeconds('down', 1_500_000, 5)).toBeCloseTo(1.035, 12)
    expect(link.transferSeconds('up', 1_500_000, 5)).toBeCloseTo(2.035, 12)
    expect(link.transferSeconds('down', 0, 5)).toBe(0.035)
    expect(link.sendingSeconds('down', 1_500_000, 0)).toBe(1)
  })

  test('is limited by loss as Mathis found, where that is less than the bandwidth', () => {
    // 1460 B * 8 / 0.1 s * 1.22 / sqrt(0.01) = 1,424,960 bit/s
    const lossy = new LinkModel('lossy', { ...lte, roundTripSeconds: 0.1, lossRate: 0.01 }, 1)
    expect(lossy.nominalBitsPerSecond('down')).toBeCloseTo(1_424_960, 3)
    const slow = new LinkModel('slow', { ...lte, downBitsPerSecond: 1e6, roundTripSeconds: 0.1, lossRate: 0.01 }, 1)
    expect(slow.nominalBitsPerSecond('down')).toBe(1e6)
    expect(new LinkModel('near', { ...lte, roundTripSeconds: 0, lossRate: 0.01 }, 1).nominalBitsPerSecond('down')).toBe(12e6)
  })

  test('with changing bandwidth sends exactly the bits that its seconds add up to', () => {
    const link = new LinkModel('radio', { ...lte, sigma: 0.6 }, 7)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 50, noNaN: true }), fc.nat(40_000_000), (at, bytes) => {
        const end = at + link.sendingSeconds('down', bytes, at)
        let bits = 0
        for (let second = Math.floor(at); second < end; second++) {
          bits += link.goodputBitsPerSecond('down', second) * (Math.min(end, second + 1) - Math.max(at, second))
        }
        expect(Math.abs(bits - bytes * 8)).toBeLessThan(1 + bytes * 1e-7)
      }),
    )
  })

  test('takes as long for two messages in a row as for one of both', () => {
    const link = new LinkModel('radio', { ...lte, sigma: 0.6 }, 7)
    const first = link.sendingSeconds('up', 3_000_000, 2.5)
    const second = link.sendingSeconds('up', 5_000_000, 2.5 + first)
    expect(first + second).toBeCloseTo(link.sendingSeconds('up', 8_000_000, 2.5), 9)
  })

  test('draws its bandwidth from seed and name around the median', () => {
    const goodputs = (id: string, seed: number) => {
      const link = new LinkModel(id, { ...lte, sigma: 0.6 }, seed)
      return Array.from({ length: 2000 }, (_, second) => link.goodputBitsPerSecond('down', second))
    }
    expect(goodputs('a', 1)).toEqual(goodputs('a', 1))
    expect(goodputs('a', 1)).not.toEqual(goodputs('b', 1))
    expect(goodputs('a', 1)).not.toEqual(goodputs('a', 2))
    const logs = goodputs('a', 1).map((value) => Math.log(value / 12e6))
    const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length
    expect(Math.abs(mean)).toBeLessThan(0.05)
    expect(Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length)).toBeCloseTo(0.6, 1)
  })

  const recording = { startSeconds: [0, 2, 5], downBitsPerSecond: [8e6, 4e6, 0], upBitsPerSecond: [1e6, 0, 0] }

  test('plays a recording again and again, and waits where it has no bandwidth', () => {
    const link = new LinkModel('train', { ...lte, trace: recording }, 1)
    // 2 s at 8 and 3 s at 4 Mbit/s are 28 Mbit, 3.5 MB, in every 5 s.
    expect(link.sendingSeconds('down', 3_500_000, 0)).toBe(5)
    expect(link.sendingSeconds('down', 3_500_000, 10)).toBe(5)
    expect(link.sendingSeconds('down', 1_000_000, 1)).toBeCloseTo(1, 12)
    expect(link.sendingSeconds('down', 1_500_000, 1)).toBeCloseTo(2, 12)
    expect(link.sendingSeconds('up', 125_000, 3)).toBeCloseTo(3, 12)
    expect(link.goodputBitsPerSecond('up', 4)).toBe(0)
  })

  test('always goes on in time, however odd the period of a recording is', () => {
    const odd = { startSeconds: [0, 0.1, 0.30000000000000004], downBitsPerSecond: [3, 7, 0], upBitsPerSecond: [1, 1, 1] }
    const link = new LinkModel('odd', { ...lte, trace: odd }, 1)
    // 1.7 bit per period of .3 s
    expect(link.sendingSeconds('down', 17 * 125, 0)).toBeCloseTo((17_000 / 1.7) * 0.3, 6)
  })

  test.each([
    [{ ...recording, startSeconds: [0, 2, 2] }, 'link x: trace: row 3: 2 s; expected seconds after 2'],
    [{ ...recording, startSeconds: [1, 2, 3] }, 'link x: trace: row 1: 1 s; expected 0 s'],
    [{ ...recording, upBitsPerSecond: [0, 0, 5] }, 'link x: trace: no bandwidth up at any time'],
    [{ ...recording, downBitsPerSecond: [1, -1, 0] }, 'link x: trace: row 2: -1 bit/s down'],
    [{ startSeconds: [0], downBitsPerSecond: [1], upBitsPerSecond: [1] }, 'link x: trace: 1 rows'],
  ])('refuses the recording %o', (trace, words) => {
    expect(() => new LinkModel('x', { ...lte, trace }, 1)).toThrow(words)
  })

  test('sends nothing while disconnected, and is connected for the share of time that its means say', () => {
    const link = new LinkModel('tunnel', { ...lte, outages: { upSeconds: 30, downSeconds: 10 } }, 3)
    const steps = 400_000
    let up = 0
    let changes = 0
    for (let i = 0; i < steps; i++) {
      const connected = link.goodputBitsPerSecond('down', i / 10) > 0
      up += connected ? 1 : 0
      changes += i > 0 && connected !== link.goodputBitsPerSecond('down', (i - 1) / 10) > 0 ? 1 : 0
    }
    expect(up / steps).toBeCloseTo(0.75, 1)
    expect(Math.abs(changes / 2 / (steps / 10 / 40) - 1)).toBeLessThan(0.1)
    // 12 Mbit/s while up: the bits of a long message take their time and the time of the outages.
    const seconds = link.sendingSeconds('down', 1_500_000 * 3000, 0)
    expect(seconds / 3000).toBeGreaterThan(1.2)
    expect(seconds / 3000).toBeLessThan(1.5)
  })

  test('adds jitter to the latency, of the mean that was asked for', () => {
    const link = new LinkModel('radio', { ...lte, jitterSeconds: 0.02 }, 1)
    const delays = Array.from({ length: 4000 }, (_, i) => link.latencySeconds('up', i / 7) - 0.035)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(delays.reduce((sum, x) => sum + x, 0) / delays.length).toBeCloseTo(0.01, 3)
    expect(link.latencySeconds('up', 1 / 7)).toBe(delays[1]! + 0.035)
  })

  test.each([
    [{ outages: { upSeconds: 0, downSeconds: 1 } }, 'outages.upSeconds: 0'],
    [{ jitterSeconds: -1 }, 'jitterSeconds: -1'],
    [{ downBitsPerSecond: 0 }, 'link x: downBitsPerSecond: 0; expected bits per second above 0'],
    [{ upBitsPerSecond: undefined }, 'link x: upBitsPerSecond: undefined'],
    [{ downBitsPerSecond: NaN }, 'downBitsPerSecond: NaN'],
    [{ roundTripSeconds: -1 }, 'roundTripSeconds: -1'],
    [{ lossRate: 1 }, 'lossRate: 1'],
    [{ sigma: -0.1 }, 'sigma: -0.1'],
  ])('refuses %o as wrong input', (wrong, message) => {
    const build = () => new LinkModel('x', { ...lte, ...wrong } as LinkProperties, 1)
    expect(build).toThrow(InputError)
    expect(build).toThrow(message)
  })

  test('refuses a message of no known size', () => {
    expect(() => new LinkModel('x', lte, 1).transferSeconds('down', NaN, 0)).toThrow('NaN bytes')
  })
})

describe('what has no end', () => {
  const link = (change: Record<string, unknown>) =>
    new LinkModel('x', { downBitsPerSecond: 1e6, upBitsPerSecond: 1e6, roundTripSeconds: 0, lossRate: 0, ...change }, 1)
  const steps = (seconds: number, rate: number) => ({
    startSeconds: [0, seconds],
    downBitsPerSecond: [rate, 0],
    upBitsPerSecond: [rate, 0],
  })

  test('a recording whose steps are shorter than a millisecond is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 320 }), (exponent) => {
        expect(() => link({ trace: steps(10 ** -exponent, 1e6) })).toThrow(/row 2: .*expected (at least 0.001 s|seconds after 0)/)
      }),
    )
  })

  test('a rate that never delivers is an outage, whether it is constant, varies, is interrupted or was recorded', () => {
    const isCut = (change: Record<string, unknown>): void => {
      const expected = /^link x: a message of 1000000 bytes had not arrived after .*cut off/
      expect(() => link(change).sendingSeconds('down', 1e6, 5)).toThrow(expected)
    }
    isCut({ downBitsPerSecond: 1e-9, sigma: 0.5 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(60, 1e5, 1e9), (exponent, seconds) => {
        const rate = 10 ** -exponent
        isCut({ downBitsPerSecond: rate })
        isCut({ trace: steps(seconds, rate) })
        isCut({ downBitsPerSecond: rate, outages: { upSeconds: 100, downSeconds: 1e9 } })
      }),
      { numRuns: 20 },
    )
  })

  test('a message of no bytes is sent at once all the same', () => {
    expect(link({ downBitsPerSecond: 1e-300 }).sendingSeconds('down', 0, 5)).toBe(0)
  })

  test('outages that follow one another without end are refused', () => {
    expect(() => link({ outages: { upSeconds: 1e-300, downSeconds: 1e-300 } })).toThrow(
      /outages.upSeconds: 1e-300; expected seconds from 0.01 to/,
    )
  })
})
