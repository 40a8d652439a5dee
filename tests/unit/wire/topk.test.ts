import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeDirection, decodeAll, decodeInto, openDirection } from '#main/wire/coded-direction.ts'
import { FrameError } from '#main/wire/frame-error.ts'
import { keptByShare, topKSegmentBytes } from '#main/wire/topk.ts'
import { exampleDirection } from './arbitrary-direction.ts'

describe('top-k coding', () => {
  test('sends the values of largest magnitude exactly and zeros for the rest', () => {
    fc.assert(
      fc.property(exampleDirection, fc.double({ min: 0.01, max: 1, noNaN: true }), ({ values, segments }, share) => {
        const kept = keptByShare(values, segments, share)
        const coded = codeDirection(values, segments, { kind: 'top-k', kept })
        const decoded = decodeAll(coded, values.length)
        const covered = segments.flatMap(({ offset, rows, columns }) => Array.from({ length: rows * columns }, (_, i) => offset + i))
        const sizes = covered.map((i) => Math.abs(values[i] as number)).sort((a, b) => b - a)
        const count = Math.max(1, Math.round(covered.length * share))
        expect(kept.reduce((sum, each) => sum + each, 0)).toBe(count)
        expect(coded.payload.byteLength).toBe(count * 6)
        const energy = (list: Iterable<number>) =>
          [...list]
            .map(Math.abs)
            .sort((a, b) => b - a)
            .filter((size) => size > 0)
        expect(energy(decoded)).toEqual(sizes.slice(0, count).filter((size) => size > 0))
        covered.forEach((i) => expect([0, values[i]]).toContain(Math.abs(decoded[i] as number) === 0 ? 0 : decoded[i]))
      }),
    )
  })

  test('gives equal magnitudes to the earlier position and clears what the buffer held', () => {
    const segments = [{ offset: 0, rows: 1, columns: 4 }]
    const coded = codeDirection(Float32Array.of(2, -2, 5, 2), segments, { kind: 'top-k', kept: [2] })
    const out = new Float32Array(5).fill(9)
    decodeInto(coded, 0, out, 1)
    expect([...out]).toEqual([9, 2, 0, 5, 0])
  })

  test('needs wide positions only above 65,536 values', () => {
    expect(topKSegmentBytes({ offset: 0, rows: 256, columns: 256 }, 10)).toBe(60)
    expect(topKSegmentBytes({ offset: 0, rows: 257, columns: 256 }, 10)).toBe(80)
    const values = new Float32Array(257 * 256)
    values[65_780] = -3
    const coded = codeDirection(values, [{ offset: 0, rows: 257, columns: 256 }], { kind: 'top-k', kept: [1] })
    expect(decodeAll(coded, values.length)).toEqual(values)
  })

  test('refuses a position outside its segment and a payload of the wrong size', () => {
    const segments = [{ offset: 0, rows: 1, columns: 4 }]
    const coding = { kind: 'top-k', kept: [1] } as const
    const forged = openDirection(segments, coding, Uint8Array.of(4, 0, 0, 0, 0, 0))
    expect(() => decodeInto(forged, 0, new Float32Array(4))).toThrow(FrameError)
    expect(() => openDirection(segments, coding, new Uint8Array(7))).toThrow('has 7 bytes; expected 6')
    expect(() => openDirection(segments, { kind: 'uniform', bits: [] }, new Uint8Array(0))).toThrow('expected 1')
    expect(() => keptByShare(new Float32Array(4), segments, 0)).toThrow('share 0')
  })
})
