import { expect, test } from 'vitest'
import { getIn, setIn } from '#renderer/stores/set-in.ts'

const object = { a: { b: [{ c: 1 }, { c: 2 }] }, d: { e: 1 } }

test('a value is replaced in a copy, and what lies beside it is the same object', () => {
  const changed = setIn(object, ['a', 'b', 1, 'c'], 3)
  expect(changed).toEqual({ a: { b: [{ c: 1 }, { c: 3 }] }, d: { e: 1 } })
  expect(object.a.b[1]).toEqual({ c: 2 })
  expect(changed.d).toBe(object.d)
  expect(changed.a.b[0]).toBe(object.a.b[0])
})

test('undefined takes a key or an element out', () => {
  expect(setIn(object, ['a', 'b', 0], undefined)).toEqual({ a: { b: [{ c: 2 }] }, d: { e: 1 } })
  expect(setIn(object, ['d', 'e'], undefined)).toEqual({ a: object.a, d: {} })
})

test('objects that are missing on the way are made, and the order of keys stays', () => {
  expect(setIn(object, ['x', 'y'], 1)).toEqual({ ...object, x: { y: 1 } })
  expect(Object.keys(setIn(object, ['a'], 0))).toEqual(['a', 'd'])
})

test('what is not there reads as undefined', () => {
  expect(getIn(object, ['a', 'b', 1, 'c'])).toBe(2)
  expect(getIn(object, ['a', 'z', 'q'])).toBeUndefined()
  expect(getIn(null, ['a'])).toBeUndefined()
})
