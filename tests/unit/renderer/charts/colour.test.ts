import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsShade, bitsShare, inkOn } from '#renderer/charts/colour/bits-shade.ts'
import { contrast, mix, parseRgb, type Rgb, toHex } from '#renderer/charts/colour/oklab.ts'

const channel = fc.integer({ min: 0, max: 255 })
const colours = fc.tuple(channel, channel, channel) as fc.Arbitrary<Rgb>
const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

test('a colour survives the way to OKLab and back', () => {
  fc.assert(fc.property(colours, colours, (a, b) => {
    expect(toHex(mix(a, b, 0))).toBe(toHex(a))
    expect(toHex(mix(a, b, 1))).toBe(toHex(b))
  })) // prettier-ignore
})

test('half way between black and white is the grey of OKLab lightness 0.5', () => {
  // L = Y^(1/3), so Y = 0.125, in sRGB 1.055 * 0.125^(1/2.4) - 0.055 = 0.3886
  expect(toHex(mix(BLACK, WHITE, 0.5))).toBe('#636363')
})

test('colours are read as style sheets write them, and nothing else is', () => {
  expect(parseRgb('#0072b2')).toStrictEqual([0, 114, 178])
  expect(parseRgb('#fff')).toStrictEqual([255, 255, 255])
  expect(parseRgb('rgb(1, 2, 3)')).toStrictEqual([1, 2, 3])
  expect(parseRgb('rgb(1 2 3 / 50%)')).toStrictEqual([1, 2, 3])
  expect(() => parseRgb('teal')).toThrow('"teal" is not a colour')
})

test('the contrast of black and white is 21, of a colour with itself 1', () => {
  expect(contrast(BLACK, WHITE)).toBeCloseTo(21, 10)
  expect(contrast(WHITE, BLACK)).toBeCloseTo(21, 10)
  expect(contrast([9, 99, 199], [9, 99, 199])).toBe(1)
})

test('more bits are a deeper shade, in equal steps per doubling', () => {
  const shares = [0, 1, 2, 3, 4, 6, 8, 16, 32].map(bitsShare)
  expect(shares).toStrictEqual([
    0,
    0.2,
    0.4,
    expect.closeTo(0.517, 3),
    expect.closeTo(0.6, 9),
    expect.closeTo(0.717, 3),
    expect.closeTo(0.8, 9),
    1,
    1,
  ])
})

test('black or white reads on every ground with at least 4.5 to 1', () => {
  fc.assert(
    fc.property(colours, (ground) => {
      expect(contrast(inkOn(ground), ground)).toBeGreaterThanOrEqual(4.5)
    }),
  )
})

test('shades go from one end to the other', () => {
  const ends = { least: parseRgb('#f9fafb'), middle: parseRgb('#5b6ee0'), most: parseRgb('#1b2a7a') }
  expect(toHex(bitsShade(0, ends))).toBe('#f9fafb')
  expect(toHex(bitsShade(16, ends))).toBe('#1b2a7a')
})
