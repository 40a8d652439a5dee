import { describe, expect, test } from 'vitest'
import { AnswerBuffer, stalenessWeight } from '#main/federation/field/answer-buffer.ts'

describe('a buffer of answers', () => {
  test('is taken when it is full, in the order of arrival, and the model moves on', () => {
    const buffer = new AnswerBuffer(2, 10)
    buffer.put({ phone: 4, version: 0 })
    expect([buffer.take(), buffer.version]).toEqual([null, 0])
    buffer.put({ phone: 1, version: 0 })
    expect(buffer.take()).toEqual([
      { answer: { phone: 4, version: 0 }, staleness: 0 },
      { answer: { phone: 1, version: 0 }, staleness: 0 },
    ])
    expect([buffer.take(), buffer.version]).toEqual([null, 1])
  })

  test('tells how many versions ago an answer was probed', () => {
    const buffer = new AnswerBuffer(1, 10)
    for (let version = 0; version < 3; version++) {
      buffer.put({ phone: 0, version })
      buffer.take()
    }
    buffer.put({ phone: 1, version: 1 })
    expect(buffer.take()![0]!.staleness).toBe(2)
  })

  test('refuses what is too stale', () => {
    const buffer = new AnswerBuffer(1, 1)
    for (let version = 0; version < 2; version++) {
      buffer.put({ phone: 0, version })
      buffer.take()
    }
    expect(buffer.put({ phone: 1, version: 0 })).toBe(false)
    expect(buffer.put({ phone: 1, version: 1 })).toBe(true)
  })
})

test('the weight of FedBuff falls with the root of the staleness', () => {
  expect([0, 3, 8].map((staleness) => stalenessWeight(staleness, 'polynomial'))).toEqual([1, 0.5, 1 / 3])
  expect(stalenessWeight(8, 'constant')).toBe(1)
})
