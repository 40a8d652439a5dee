import { expect, test } from 'vitest'
import { backwardSolve, cholesky, forwardSolve, fromTriangle, transposed } from '#main/federation/symmetric.ts'

test('a triangle unfolds into the whole matrix', () => {
  expect(fromTriangle([1, 2, 3, 4, 5, 6])).toEqual([
    [1, 2, 3],
    [2, 4, 5],
    [3, 5, 6],
  ])
  expect(fromTriangle([])).toEqual([])
})

test('the factor of a matrix, worked by hand, and none where the matrix is not positive definite', () => {
  expect(
    cholesky([
      [4, 2],
      [2, 10],
    ]),
  ).toEqual([
    [2, 0],
    [1, 3],
  ])
  expect(
    cholesky([
      [1, 2],
      [2, 1],
    ]),
  ).toBeNull()
  expect(cholesky([[0]])).toBeNull()
})

test('solving with the factor and its transpose undoes multiplying by them', () => {
  const factor = [
    [2, 0, 0],
    [1, 3, 0],
    [-1, 4, 5],
  ]
  const times = (a: readonly (readonly number[])[], x: readonly number[]): number[] =>
    a.map((row) => row.reduce((sum, entry, i) => sum + entry * x[i]!, 0))
  const x = [7, -2, 0.5]
  expect(forwardSolve(factor, times(factor, x))).toEqual(x.map((value) => expect.closeTo(value, 12) as number))
  expect(backwardSolve(factor, times(transposed(factor), x))).toEqual(x.map((value) => expect.closeTo(value, 12) as number))
})
