import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '#shared/scenario/nearest-name.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['method', 'mehtod', 1],
    ['ca', 'abc', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })

  it('is what the recursive definition gives', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
    fc.assert(fc.property(word, word, (a, b) => editDistance(a, b) === byDefinition(a, b)))
  })
})

describe('nearest', () => {
  const known = ['learningRate', 'batchSize', 'adam', 'kind']

  it.each([
    ['learningrate', 'learningRate'],
    ['lerningRate', 'learningRate'],
    ['bathcSize', 'batchSize'],
    ['learning', 'learningRate'],
    ['knid', 'kind'],
  ])('takes %j for %j', (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant)
  })

  it.each(['', 'x', 'momentum', 'a'.repeat(100_000)])('has no guess for a word unlike all others', (typed) => {
    expect(nearest(typed, known)).toBeUndefined()
  })
})

function byDefinition(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [restA, restB] = [a.slice(0, -1), b.slice(0, -1)]
  const same = a.at(-1) === b.at(-1) ? 0 : 1
  const costs = [byDefinition(restA, b) + 1, byDefinition(a, restB) + 1, byDefinition(restA, restB) + same]
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1))
    costs.push(byDefinition(a.slice(0, -2), b.slice(0, -2)) + 1)
  return Math.min(...costs)
}
