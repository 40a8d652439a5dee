import { expect, test } from 'vitest'
import { type TrustStep, TrustRegion } from '#main/federation/methods/trust-region.ts'
import { Stream } from '#shared/random/counter.ts'

const step = (change: Partial<TrustStep> = {}): TrustStep => ({ length: 1, nats: 0.1, promised: 0.2, gain: 0.3, weight: 0.3, ...change })
const told = (value: number, error = 0.01, displaced = 0.01, rows = 1e6) => ({
  told: [{ phone: 0, phones: 1, share: 1, rows, value, variance: error ** 2 }],
  displaced,
})

test('a step that raised the loss beyond its noise is taken back, and the next may be a quarter as long', () => {
  const region = new TrustRegion()
  region.stepped(step())
  expect(region.reviewDue).toBe(true)
  expect(region.review(told(-0.5))).toBe('taken back')
  expect(region.length).toBe(0.25)
  expect([region.reviewDue, region.walking]).toEqual([false, false])
})

test('a few rows that agree by luck prove nothing, and many do', () => {
  const verdictOf = (rows: number) => {
    const region = new TrustRegion()
    region.stepped(step({ nats: 0.005, promised: 0.01, gain: 0 }))
    return region.review(told(0.04, 0.009, 0.001, rows))
  }
  expect([verdictOf(1), verdictOf(4), verdictOf(128)]).toEqual(['open', 'open', 'proven'])
})

test('a rise within the noise is no reason, one of more than a nat is one whatever the noise, also where it is not known', () => {
  for (const [value, error, verdict] of [
    [-0.1, 0.2, 'open'],
    [-1.5, 3, 'taken back'],
    // One row tells nothing of its noise.
    [-0.5, 0, 'open'],
    [-1.5, 0, 'taken back'],
  ] as const) {
    const region = new TrustRegion()
    region.stepped(step())
    expect(region.review(told(value, error, 0.01, error === 0 ? 1 : 1e6))).toBe(verdict)
  }
})

test('the anchor moves on once the loss fell by two standard errors, and what rounds tell of one walk adds up to that', () => {
  const region = new TrustRegion()
  region.stepped(step({ promised: 0.001 }))
  expect(region.review(told(0.1, 0.07))).toBe('open')
  expect([region.walking, region.reviewDue]).toEqual([true, true])
  region.stepped(step({ promised: 0.001 }))
  expect(region.review(told(0.1, 0.07))).toBe('proven')
  expect([region.walking, region.reviewDue]).toEqual([false, false])
})

test('small steps that each raise the loss within its noise are taken back together', () => {
  const region = new TrustRegion()
  const verdicts: string[] = []
  do {
    region.stepped(step({ nats: 0.001, gain: 0, promised: 0.002 }))
    verdicts.push(region.review(told(-0.01 * (verdicts.length + 1), 0.05)))
  } while (verdicts.at(-1) === 'open')
  expect(verdicts.at(-1)).toBe('taken back')
  expect(verdicts.length).toBeGreaterThan(1)
  expect(verdicts.length).toBeLessThan(6)
})

test('steps whose risk is spent are taken back where they brought nothing, or nothing certain in a few rounds', () => {
  const risky = { nats: 0.007, gain: 0, promised: 0.002 }
  const none = new TrustRegion()
  none.stepped(step(risky))
  expect(none.shareOf({ nats: 1, gain: 0 })).toBe(0)
  expect(none.review(told(-0.002, 0.02))).toBe('taken back')
  const unsure = new TrustRegion()
  unsure.stepped(step(risky))
  // Each is less certain than the one before, so that together they never prove anything.
  const verdicts = [0.05, 0.5, 5, 50].map((error) => unsure.review(told(0.04, error)))
  expect(verdicts).toEqual(['open', 'open', 'open', 'taken back'])
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
  region.settle()
  expect(region.walking).toBe(false)
  region.stepped(step({ length: 0.5, weight: 0.3 }))
  expect(region.reviewDue).toBe(true)
  // Nobody answered: the anchor stays.
  region.settle()
  expect(region.walking).toBe(true)
})

test('steps that go nowhere have nothing to be reviewed', () => {
  const region = new TrustRegion()
  region.stepped(step({ length: 0, nats: 0, promised: 0 }))
  expect(region.reviewDue).toBe(false)
})

test('where only one of a fleet is asked, what it gained alone proves nothing', () => {
  const region = new TrustRegion(5)
  region.stepped(step())
  const verdicts = [0, 0, 0].map((phone) =>
    region.review({ told: [{ phone, phones: 1, share: 0.2, rows: 1e6, value: 0.2, variance: 1e-4 }], displaced: 0.02 }),
  )
  expect(verdicts).toEqual(['open', 'open', 'open'])
})

test('a walk in directions that are nothing but noise stays near the start, for any luck', () => {
  const size = 10
  for (let seed = 1; seed <= 200; seed++) {
    const stream = new Stream([seed, 7])
    const region = new TrustRegion()
    const loss = (x: readonly number[]): number => x.reduce((sum, value) => sum + value ** 2, 0) / 2
    let x: readonly number[] = Array<number>(size).fill(0)
    let anchor = x
    for (let round = 0; round < 20; round++) {
      if (region.reviewDue) {
        // Per row: the difference along every direction has the variance that its curvature demands.
        const error = Math.sqrt((2 * loss(x.map((value, i) => value - anchor[i]!))) / 8)
        const actual = loss(anchor) - loss(x) + error * stream.normal()
        if (region.review(told(actual, error, (8 * error ** 2 + actual ** 2) / 2)) === 'taken back') {
          x = anchor
          continue
        }
      } else region.settle()
      if (!region.walking) anchor = x
      const y = x.map(() => 0.3 * stream.normal())
      const share = region.shareOf({ nats: loss(y), gain: 0 })
      x = x.map((value, i) => value + share * y[i]!)
      region.stepped({ length: 0, nats: share ** 2 * loss(y), promised: 0.002, gain: 0, weight: 0.1 })
    }
    expect(loss(x)).toBeLessThan(0.05)
  }
})

test('where the loss bends twenty times as much as measured, steps come down to it all the same', () => {
  const loss = (x: number): number => 10 * x ** 2
  const region = new TrustRegion()
  let [x, before] = [2, 2]
  for (let round = 0; round < 60; round++) {
    if (region.reviewDue && region.review(told(loss(before) - loss(x), 1e-6, 0)) === 'taken back') {
      x = before
      continue
    }
    // With a measured curvature of 1 the Newton step is the slope itself.
    const slope = 20 * x
    const length = Math.min(Math.abs(slope), region.length)
    before = x
    x -= Math.sign(slope) * length
    region.stepped({ length, nats: 0, promised: Math.abs(slope) * length - length ** 2 / 2, gain: Infinity, weight: 0.5 })
  }
  expect(loss(x)).toBeLessThan(0.001 * loss(2))
})
