/** Random vectors divided into random segments with gaps, for property tests of the codec. */
import fc from 'fast-check'
import { BITS, type Bits } from '#main/wire/quantise.ts'
import type { Segment } from '#main/wire/segments.ts'

export interface ExampleDirection {
  readonly values: Float32Array
  readonly segments: Segment[]
  readonly bits: Bits[]
}

const shape = fc.record({ gap: fc.nat(3), rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 19 }) })
const value = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -4, max: 4, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ min: Math.fround(-1e37), max: Math.fround(1e37), noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ min: Math.fround(-1e-43), max: Math.fround(1e-43), noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(0) },
)

export const exampleDirection: fc.Arbitrary<ExampleDirection> = fc.array(shape, { minLength: 1, maxLength: 4 }).chain((shapes) => {
  let offset = 0
  const segments = shapes.map(({ gap, rows, columns }) => {
    const segment = { offset: offset + gap, rows, columns }
    offset += gap + rows * columns
    return segment
  })
  return fc.record({
    values: fc.array(value, { minLength: offset, maxLength: offset }).map((list) => Float32Array.from(list)),
    segments: fc.constant(segments),
    bits: fc.array(fc.constantFrom(...BITS), { minLength: segments.length, maxLength: segments.length }),
  })
})
