import { describe, expect, test } from 'vitest'
import { type Availability, daily, readTrace } from '#main/federation/field/availability.ts'
import { InputError } from '#shared/errors/input-error.ts'

const HOUR = 3600
const trace = (text: string): Availability => readTrace(text, 'trace.csv', ['a', 'b', 'c'])

describe('a trace', () => {
  test('says when a phone can be asked, and when it next can', () => {
    const availability = trace('phone,from,to\na,10,20\nb,0,inf\na, 30 , 40\n')
    const has = [9, 10, 19.9, 20, 30, 40].map((seconds) => availability.has(0, seconds))
    expect(has).toEqual([false, true, true, false, true, false])
    expect([0, 15, 20, 40].map((seconds) => availability.next(0, seconds))).toEqual([10, 15, 30, Infinity])
    expect(availability.has(1, 1e9)).toBe(true)
  })

  test('of very many spans is read in the time it takes to read it', () => {
    const spans = Array.from({ length: 300_000 }, (_, i) => `a,${i},${i + 0.5}`).join('\n')
    expect(trace(spans).next(0, 299_998.75)).toBe(299_999)
  })

  test('leaves phones alone that it does not name', () => {
    const availability = trace('a,10,20')
    expect([availability.has(2, 0), availability.next(2, 7)]).toEqual([true, 7])
  })

  test.each([
    ['a,1,2\nd,1,2', /trace\.csv:2: a phone "d"; expected one of the fleet's: a, b, c/],
    ['a,1', /trace\.csv:1: 2 columns/],
    ['a,1,soon', /trace\.csv:1: "soon"/],
    ['a,-1,5', /trace\.csv:1: "-1"/],
    ['a,,5', /trace\.csv:1: ""/],
    ['phone,from,to\n\na,5,5', /trace\.csv:3: from 5 to 5/],
    ['a,0,1e-300', /trace\.csv:1: from 0 to 1e-300; expected an end at least 0.001 s after/],
    ['a,1e300,inf', /trace\.csv:1: "1e300" for a time; expected seconds of virtual time, 0 to 1000000000/],
  ])('%j is refused by line', (text, message) => {
    expect(() => trace(text)).toThrow(InputError)
    expect(() => trace(text)).toThrow(message)
  })
})

describe('a daily rhythm', () => {
  const night = { fromHour: 22, hours: 8, spreadHours: 0 }

  test('spans midnight and comes again every day', () => {
    const availability = daily(night, 1)
    const hours = Array.from({ length: 48 }, (_, hour) => hour + 0.5)
    const at = hours.filter((hour) => availability.has(0, hour * HOUR))
    expect(at).toEqual(hours.filter((hour) => hour % 24 < 6 || hour % 24 > 22))
    expect(availability.next(0, 12 * HOUR)).toBeCloseTo(22 * HOUR, 2)
  })

  test('is there when its next moment has come', () => {
    const availability = daily({ fromHour: 7.123, hours: 1.7, spreadHours: 3 }, 9)
    for (let phone = 0; phone < 200; phone++) {
      const next = availability.next(phone, 1e6 + phone * 977.7)
      expect(availability.has(phone, next)).toBe(true)
    }
  })

  test('is shifted for every phone by no more than the spread, and by the seed', () => {
    const shifts = (seed: number): number[] => {
      const availability = daily({ fromHour: 12, hours: 1, spreadHours: 2 }, seed)
      return Array.from({ length: 300 }, (_, phone) => availability.next(phone, 0) / HOUR - 12)
    }
    const first = shifts(1)
    expect(Math.min(...first)).toBeGreaterThanOrEqual(-2.001)
    expect(Math.max(...first)).toBeLessThanOrEqual(2)
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(3.5)
    expect(shifts(1)).toEqual(first)
    expect(shifts(2)).not.toEqual(first)
  })
})
