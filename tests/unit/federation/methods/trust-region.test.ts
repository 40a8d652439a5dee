import { expect, test } from 'vitest'
import { type Step, TrustRegion } from '#main/federation/methods/trust-region.ts'

const step = (change: Partial<Step> = {}): Step => ({ length: 1, nats: 0.1, promised: 0.2, weight: 0.3, ...change })
const told = (value: number, error = 0.01) => ({ value, variance: error ** 2 })

test('a step that raised the loss beyond its noise is taken back, and the next may be a quarter as long', () => {
  const region = new TrustRegion()
  region.stepped(step())
  expect(region.reviewDue).toBe(true)
  expect(region.review(told(-0.5))).toBe('taken back')
  expect(region.length).toBe(0.25)
  expect(region.reviewDue).toBe(false)
})

test('a rise within the noise is no reason, one of more than a nat is one whatever the noise, also where it is not known', () => {
  for (const [value, error, verdict] of [
    [-0.1, 0.2, 'kept'],
    [-1.5, 3, 'taken back'],
    [-0.5, 0, 'kept'],
    [-1.5, 0, 'taken back'],
  ] as const) {
    const region = new TrustRegion()
    region.stepped(step())
    expect(region.review(told(value, error))).toBe(verdict)
  }
})

test('the radius grows where a step at its limit kept its promise, and halves where it kept next to nothing of it', () => {
  const grown = new TrustRegion()
  grown.stepped(step())
  grown.review(told(0.25))
  expect(grown.length).toBe(2)
  const inside = new TrustRegion()
  inside.stepped(step({ length: 0.3, nats: 0 }))
  inside.review(told(0.25))
  expect(inside.length).toBe(1)
  const halved = new TrustRegion()
  halved.stepped(step())
  halved.review(told(0.01))
  expect(halved.length).toBe(0.5)
})

test('a clear step no longer than one that kept its promise is believed without a look', () => {
  const region = new TrustRegion()
  region.stepped(step({ length: 0.8, weight: 0.9 }))
  expect(region.reviewDue).toBe(true)
  region.review(told(0.3))
  region.stepped(step({ length: 0.5, weight: 0.9 }))
  expect(region.reviewDue).toBe(false)
  region.stepped(step({ length: 0.5, weight: 0.3 }))
  expect(region.reviewDue).toBe(true)
  region.stepped(step({ length: 0.9, weight: 0.9 }))
  expect(region.reviewDue).toBe(true)
})

test('steps that go nowhere have nothing to be reviewed', () => {
  const region = new TrustRegion()
  region.stepped(step({ length: 0, nats: 0, promised: 0 }))
  expect(region.reviewDue).toBe(false)
})

test('where the loss bends twenty times as much as measured, steps come down to it all the same', () => {
  const loss = (x: number): number => 10 * x ** 2
  const region = new TrustRegion()
  let [x, before] = [2, 2]
  for (let round = 0; round < 60; round++) {
    if (region.reviewDue && region.review(told(loss(before) - loss(x), 1e-6)) === 'taken back') {
      x = before
      continue
    }
    // With a measured curvature of 1 the Newton step is the slope itself.
    const slope = 20 * x
    const length = Math.min(Math.abs(slope), region.length)
    before = x
    x -= Math.sign(slope) * length
    region.stepped({ length, nats: 0, promised: Math.abs(slope) * length - length ** 2 / 2, weight: 0.5 })
  }
  expect(loss(x)).toBeLessThan(0.001 * loss(2))
})
