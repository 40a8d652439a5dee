import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Measurements, overRows, packMeasurements, unpackMeasurements, valuesIn } from '#main/wire/derivatives.ts'

const number = fc.double({ noNaN: true })
const estimate = fc.record({ value: number, variance: number })

/** What phones may tell of so many directions that all probe and so many of their own. */
const told = fc
  .tuple(fc.nat(5), fc.nat(4), fc.nat(3), fc.boolean(), fc.option(estimate, { nil: undefined }))
  .chain(([common, alone, drawn, curved, review]) => {
    const triangle = fc.array(number, { minLength: (common * (common + 1)) / 2, maxLength: (common * (common + 1)) / 2 })
    return fc.record({
      form: fc.constant({ alone, curvature: curved, review: review !== undefined, drawn }),
      estimates: fc.array(estimate, { minLength: common + alone, maxLength: common + alone }),
      curvature: curved ? fc.record({ metric: triangle, noise: triangle }) : fc.constant(undefined),
      review: fc.constant(review),
      drawn: fc.array(fc.nat(65_535), { minLength: drawn, maxLength: drawn }),
    })
  })

test('means travel with the variance of the mean', () => {
  // Unbiased s^2 of 1, 2, 6 is 7; of the mean of three, 7/3.
  const near = (value: number): number => expect.closeTo(value, 12) as number
  expect(overRows([1, 2, 6])).toEqual({ value: near(3), variance: near(7 / 3) })
  expect(overRows([4, 4, 4])).toEqual({ value: 4, variance: 0 })
  expect(overRows([2.5])).toEqual({ value: 2.5, variance: 0 })
})

describe('what a phone measured', () => {
  test('comes out as it went in, in the order of its directions, those of its own without variance', () => {
    fc.assert(
      fc.property(told, ({ form, estimates, curvature, review, drawn }) => {
        const measured: Measurements = { estimates, ...(curvature ? { curvature } : {}), ...(review ? { review } : {}) }
        const { values, squared } = packMeasurements(measured, form.alone)
        const out = unpackMeasurements([...values, ...squared, ...drawn], form)
        expect(valuesIn(values.length + squared.length, form)).toBe(values.length)
        const common = estimates.length - form.alone
        expect(out.estimates.map(({ value }) => value)).toEqual(estimates.map(({ value }) => value))
        if (!curvature) expect(out.estimates.slice(0, common)).toEqual(estimates.slice(0, common))
        expect(out.estimates.slice(common).every(({ variance }) => Number.isNaN(variance))).toBe(true)
        expect([out.curvature, out.review, out.drawn]).toEqual([curvature, review, drawn])
      }),
    )
  })

  test('has the variances in the diagonal of the covariance, where there is one', () => {
    const curvature = { metric: [11, 12, 13, 22, 23, 33], noise: [0.1, 0.12, 0.13, 0.2, 0.23, 0.3] }
    const estimates = [1, 2, 3, 9].map((value) => ({ value, variance: 0 }))
    const { values, squared } = packMeasurements({ estimates, curvature }, 1)
    const out = unpackMeasurements([...values, ...squared], { alone: 1, curvature: true, review: false, drawn: 0 })
    expect(out.estimates.map(({ variance }) => variance)).toEqual([0.1, 0.2, 0.3, NaN])
  })
})
