import { expect, test } from 'vitest'
import { Decrease } from '#main/federation/methods/decrease.ts'

const told = (phone: number, share: number, value: number, error: number) => ({ phone, phones: 1, share, value, variance: error ** 2 })

test('what all phones tell again of one place is known ever better', () => {
  const decrease = new Decrease(1)
  for (let round = 1; round <= 4; round++) {
    decrease.tell([told(0, 1, round % 2, 0.2)], 0.01)
    expect(decrease.error).toBeCloseTo(0.2 / Math.sqrt(round), 12)
  }
  expect(decrease.value).toBeCloseTo(0.5, 12)
})

test('after a step what was told before counts less, the more the step may have changed', () => {
  const decrease = new Decrease(1)
  decrease.tell([told(0, 1, 1, 0.1)], 0.01)
  decrease.step(0.3, 0.02)
  expect(decrease.error).toBeCloseTo(Math.sqrt(0.01 + 0.09), 12)
  decrease.tell([told(0, 1, 0, 0.1)], 0.01)
  expect(decrease.value).toBeCloseTo(10 / 110, 12)
})

test('a gain that one of eight phones tells is none of the fleet yet, and is one when they all tell it', () => {
  const decrease = new Decrease(8)
  decrease.tell([told(3, 1 / 8, 0.2, 0.01)], 0.02)
  expect(decrease.value).toBeCloseTo(0.025, 12)
  expect(decrease.value).toBeLessThan(decrease.error)
  for (const phone of [0, 1, 2, 4, 5, 6, 7]) decrease.tell([told(phone, 1 / 8, 0.2, 0.01)], 0.02)
  expect(decrease.value).toBeCloseTo(0.2, 12)
  expect(decrease.error).toBeCloseTo(0.01 / Math.sqrt(8), 12)
})

test('phones count by their rows, and what one gained does not hide what the largest lost', () => {
  const decrease = new Decrease(2)
  decrease.tell([told(0, 0.1, 0.5, 0.01)], 0.1)
  decrease.tell([told(1, 0.9, -0.2, 0.01)], 0.1)
  expect(decrease.value).toBeCloseTo(-0.13, 12)
  expect(decrease.value).toBeLessThan(-2 * decrease.error)
})
