import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from '#main/timeline/clock.ts'
import { OrderedQueue } from '#main/timeline/ordered-queue.ts'

test('a queue gives back by key, then by insertion', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5)), (keys) => {
      const queue = new OrderedQueue<number>()
      keys.forEach((key, index) => queue.put(key, index))
      const expected = keys.map((_, index) => index).sort((a, b) => (keys[a] as number) - (keys[b] as number))
      expect(keys.map(() => queue.take())).toEqual(expected)
      expect(queue.take()).toBeUndefined()
    }),
  )
})

test('the clock jumps to the next planned moment and hands out all its events', () => {
  const clock = new VirtualClock<string>(10)
  clock.plan(12, 'b')
  clock.plan(11, 'a')
  clock.plan(12, 'c')
  expect([clock.advance(), clock.now]).toEqual([['a'], 11])
  expect([clock.advance(), clock.now]).toEqual([['b', 'c'], 12])
  expect([clock.advance(), clock.now]).toEqual([[], 12])
})

test('the clock never goes back', () => {
  const clock = new VirtualClock<string>(10)
  expect(() => clock.plan(9, 'x')).toThrow('an event at 9 s when it is 10 s')
  expect(() => clock.plan(NaN, 'x')).toThrow(RangeError)
})
