import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ALWAYS, untilTracesEnd } from '#main/federation/field/availability.ts'
import { readTrace } from '#main/reading/read-trace.ts'
import { directions, tracedBandwidth } from '#main/network/bandwidth.ts'
import { TestFiles } from '../data/files.ts'

const files = new TestFiles()
afterAll(() => files.remove())
const shared = join(import.meta.dirname, '../../../../shared/data/traces')

/** Bits of the downlink in all. */
function bitsOf({ startSeconds, downBitsPerSecond }: ReturnType<typeof readTrace>['trace']): number {
  return startSeconds.slice(1).reduce((sum, end, i) => sum + downBitsPerSecond[i]! * (end - startSeconds[i]!), 0)
}

describe('a recording as it is published', () => {
  test("in Mahimahi's form carries 1,500 bytes per line until its last line", () => {
    const times = fc.array(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 200 }).filter((all) => all.some((time) => time > 0))
    fc.assert(
      fc.property(times, (all) => {
        const lines = all.toSorted((a, b) => a - b)
        const { trace, both } = readTrace(files.file('x.down', `${lines.join('\n')}\n`, 'mahimahi'))
        expect(both).toBe(false)
        expect(trace.startSeconds.at(-1)).toBe(lines.at(-1)! / 1000)
        expect(bitsOf(trace) / 12_000).toBeCloseTo(lines.length, 6)
        tracedBandwidth(trace, 'x')
      }),
      { numRuns: 100 },
    )
  })

  test("in the HSDPA logs' form carries the bytes of each line in the time they took", () => {
    const log =
      '1289406399 549 59.8517 10.7817 248456 1000\n1289406400 1549 59.8518 10.7818 0 500\n1289406401 2600 59.8519 10.7819 1000 1500\n'
    const { trace } = readTrace(files.file('bus.log', log))
    expect(trace.startSeconds).toEqual([0, 1, 1.5, 3])
    expect(trace.downBitsPerSecond.slice(0, 3)).toEqual([248_456 * 8, 0, 8000 / 1.5])
  })

  test.each([
    ['a Mahimahi trace that goes back', '5\n9\n7\n', /:3: "7" for a time; expected whole milliseconds from 9 on/],
    ['one of no length', '0\n0\n', /a recording of 0 ms/],
    ['a log with a short line', '1 2 3 4 5 6\n1 2 3\n', /:2: 1 2 3; expected time, milliseconds/],
    [
      'csv without its columns',
      'time,rate\n1,2\n',
      /:1: time, rate; expected csv with the columns seconds, downMbps, upMbps, a Mahimahi trace/,
    ],
  ])('%s is refused', (_, content, line) => expect(() => readTrace(files.file('x', content))).toThrow(line))

  test.skipIf(!existsSync(shared))("reads NSDI 2013's recordings (skipped where they are absent)", () => {
    const { trace } = readTrace(join(shared, 'Verizon-EVDO-driving.down'))
    expect(bitsOf(trace) / 12_000).toBeCloseTo(46_065, 3)
  })
})

describe('after a recording', () => {
  const rows = { startSeconds: [0, 2, 4], downBitsPerSecond: [10, 20, 0], upBitsPerSecond: [1, 0, 0] }

  test('it begins again, its last row holds, or nothing comes', () => {
    const rates = (end?: 'repeat' | 'hold' | 'end') => {
      const played = tracedBandwidth({ ...rows, upBitsPerSecond: [1, 3, 0], ...(end ? { end } : {}) }, 'x')
      return [1, 3, 5, 7, 101].map((seconds) => played.at('down', seconds))
    }
    expect(rates()).toEqual([10, 20, 10, 20, 10])
    expect(rates('repeat')).toEqual(rates())
    expect(rates('hold')).toEqual([10, 20, 20, 20, 20])
    expect(tracedBandwidth({ ...rows, end: 'end' }, 'x').at('up', 9)).toBe(1)
    expect(tracedBandwidth({ ...rows, end: 'end' }, 'x').validUntil(4)).toBe(Infinity)
    expect(() => tracedBandwidth({ ...rows, end: 'hold' }, 'x')).toThrow(/no bandwidth up in the last row/)
  })

  test('the two directions may have recordings of different lengths', () => {
    const up = tracedBandwidth({ startSeconds: [0, 1, 3], downBitsPerSecond: [1, 2, 0], upBitsPerSecond: [1, 2, 0] }, 'x')
    const both = directions(tracedBandwidth({ ...rows, upBitsPerSecond: [1, 1, 0] }, 'x'), up)
    expect([both.at('down', 5), both.at('up', 5), both.validUntil(4.5)]).toEqual([10, 2, 6])
  })

  test('that ends its phones can no longer be asked, the others can', () => {
    const availability = untilTracesEnd(ALWAYS, [4, Infinity])
    expect([availability.has(0, 3), availability.has(0, 4), availability.next(0, 5), availability.next(1, 5)]).toEqual([
      true,
      false,
      Infinity,
      5,
    ])
  })
})
