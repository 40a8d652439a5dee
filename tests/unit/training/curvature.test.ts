import { describe, expect, test } from 'vitest'
import { covarianceOfMeans, gaussNewton, triangle } from '#main/training/curvature.ts'

test('a triangle holds the rows of a symmetric matrix from the diagonal on', () => {
  expect(triangle(3, (k, l) => 10 * k + l)).toEqual([0, 1, 2, 11, 12, 22])
})

describe('the Gauss-Newton matrix', () => {
  test('of two even classes is a quarter of the product of the differences between their logits', () => {
    // p = (1/2, 1/2): J^T (diag p - p p^T) J = (J_1 - J_0)^2 / 4.
    const tangents = [Float32Array.of(0, 2), Float32Array.of(1, 4)]
    expect(gaussNewton(tangents, Float32Array.of(5, 5), 2)).toEqual([1, 1.5, 2.25])
  })

  test('is the second derivative of the mean cross-entropy where logits are linear in the direction', () => {
    const [rows, classes] = [3, 4]
    const logits = Float32Array.from([0.3, -1, 2, 0.5, 0, 0, 0, 0, -2, 1, 1, 0.25])
    const tangents = [1, 2].map((direction) => Float32Array.from({ length: rows * classes }, (_, i) => Math.sin(direction * (i + 1))))
    const loss = (a: number, b: number): number => {
      let sum = 0
      for (let row = 0; row < rows; row++) {
        const moved = Array.from({ length: classes }, (_, c) => {
          const i = row * classes + c
          return logits[i]! + a * tangents[0]![i]! + b * tangents[1]![i]!
        })
        // The label's own logit is linear and has no second derivative: any label will do.
        sum += Math.log(moved.reduce((total, l) => total + Math.exp(l), 0)) - moved[row % classes]!
      }
      return sum / rows
    }
    const h = 1e-3
    const second = (a: number, b: number): number => (loss(a, b) - 2 * loss(0, 0) + loss(-a, -b)) / h ** 2
    const [g00, g01, g11] = gaussNewton(tangents, logits, classes)
    expect(g00).toBeCloseTo(second(h, 0), 5)
    expect(g11).toBeCloseTo(second(0, h), 5)
    expect(g01).toBeCloseTo((second(h, h) - second(h, 0) - second(0, h)) / 2, 5)
  })

  test('does not mind logits that are all moved alike, nor large ones', () => {
    expect(gaussNewton([Float32Array.of(7, 7, 7)], Float32Array.of(300, -300, 0), 3)).toEqual([0])
  })
})

describe('the covariance of means over rows', () => {
  test('is that of the rows over their number', () => {
    // Deviations -1, 0, 1 and -3, 2, 1: unbiased over rows 1, 2 and 7.
    expect(
      covarianceOfMeans([
        [1, 2, 3],
        [0, 5, 4],
      ]),
    ).toEqual([1 / 3, 2 / 3, 7 / 3].map((x) => expect.closeTo(x, 12) as number))
  })

  test('of a single row is not known, and 0', () => {
    expect(covarianceOfMeans([[3], [4]])).toEqual([0, 0, 0])
  })
})
