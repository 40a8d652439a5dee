import { expect, test } from 'vitest'
import { curvedValues, overRows, packCurved, packEstimates, unpackCurved, unpackDerivatives } from '#main/wire/derivatives.ts'

test('means travel with the variance of the mean, private random ones without', () => {
  // Unbiased s^2 of 1, 2, 6 is 7; of the mean of three, 7/3.
  const rows = [
    [1, 2, 6],
    [4, 4, 4],
    [0, 3, 6],
  ]
  const packed = packEstimates(rows.map(overRows), 1)
  const { guided, shared, random } = unpackDerivatives(packed, 1, 1)
  expect(guided).toEqual([{ value: expect.closeTo(3, 12) as number, variance: expect.closeTo(7 / 3, 12) as number }])
  expect(shared).toEqual([{ value: expect.closeTo(4, 12) as number, variance: expect.closeTo(0, 12) as number }])
  expect(random).toEqual([expect.closeTo(3, 12)])
})

test('a single row tells nothing of its spread', () => {
  expect(unpackDerivatives(packEstimates([overRows([5])], 0), 0, 0).guided).toEqual([{ value: 5, variance: 0 }])
})

test('nothing packs into nothing', () => {
  expect(unpackDerivatives(packEstimates([], 0), 0, 0)).toEqual({ guided: [], shared: [], random: [] })
})

test('curvature travels as two triangles, that of the derivatives bringing their variances', () => {
  const curvature = { metric: [11, 12, 13, 22, 23, 33], noise: [0.1, 0.12, 0.13, 0.2, 0.23, 0.3] }
  const { values, squared } = packCurved([1, 2, 3, 9], curvature)
  const packed = [...values, ...squared]
  expect(curvedValues(packed.length, 1)).toBe(values.length)
  expect(unpackCurved(packed, 1, 1)).toEqual({
    guided: [
      { value: 1, variance: 0.1 },
      { value: 2, variance: 0.2 },
    ],
    shared: [{ value: 3, variance: 0.3 }],
    random: [9],
    curvature,
  })
})

test('no directions have no curvature', () => {
  expect(unpackCurved([], 0, 0)).toEqual({ guided: [], shared: [], random: [], curvature: { metric: [], noise: [] } })
})
