import fc from 'fast-check'
import { expect, test } from 'vitest'
import { affordableProbes, inTime } from '#main/federation/field/deadline.ts'

const arrivals = [3, 1, 7, 5].map((seconds, phone) => ({ phone, seconds }))

test('answers that arrive by the deadline count, and the server then waits until the deadline for the others', () => {
  expect(inTime(arrivals, 5)).toEqual({ phones: [0, 1, 3], closes: 5 })
  expect(inTime(arrivals, 4.9)).toEqual({ phones: [0, 1], closes: 4.9 })
})

test('the server goes on at once when all have answered', () => {
  expect(inTime(arrivals, 60)).toEqual({ phones: [0, 1, 2, 3], closes: 7 })
})

test('the first answer is waited for', () => {
  expect(inTime(arrivals, 0.5)).toEqual({ phones: [1], closes: 1 })
})

test('a phone is given as many probes as fit, at least one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 50, noNaN: true }), (wanted, limit) => {
      const seconds = (directions: number): number => 3 + directions ** 1.1
      const fitting = Array.from({ length: wanted }, (_, i) => i + 1).filter((directions) => seconds(directions) <= limit)
      expect(affordableProbes(wanted, limit, seconds)).toBe(Math.max(1, ...fitting))
    }),
  )
})
