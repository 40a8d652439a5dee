import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdOut, limitRows, splitPublic } from '#main/data/splits.ts'

const ascending = (rows: Int32Array): boolean => rows.every((row, index) => index === 0 || row > (rows[index - 1] ?? 0))
const rowCount = fc.integer({ min: 0, max: 300 })
const share = fc.double({ min: 0, max: 0.99, noNaN: true })
const seed = fc.nat()

describe('splitPublic and holdOut', () => {
  it('put every row on exactly one side, in ascending order', () => {
    fc.assert(
      fc.property(rowCount, share, seed, (rows, part, from) => {
        const { publicRows, privateRows } = splitPublic(rows, part, from)
        const { trainRows, testRows } = holdOut(rows, part, from)
        for (const [one, other] of [
          [publicRows, privateRows],
          [testRows, trainRows],
        ] as const) {
          expect([...one, ...other].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, row) => row))
          expect(ascending(one) && ascending(other)).toBe(true)
        }
      }),
    )
  })

  it('give the share asked for, at least one row of each side, and nothing for share 0', () => {
    expect(splitPublic(1000, 0.1, 1).publicRows).toHaveLength(100)
    expect(splitPublic(10, 0.001, 1).publicRows).toHaveLength(1)
    expect(splitPublic(10, 0.999, 1).privateRows).toHaveLength(1)
    expect(splitPublic(10, 0, 1).publicRows).toHaveLength(0)
    expect(holdOut(200, 0.25, 1).testRows).toHaveLength(50)
  })

  it('depend on the seed alone, and differ from each other', () => {
    expect(splitPublic(500, 0.2, 7)).toEqual(splitPublic(500, 0.2, 7))
    expect(splitPublic(500, 0.2, 7)).not.toEqual(splitPublic(500, 0.2, 8))
    expect(holdOut(500, 0.2, 7).testRows).not.toEqual(splitPublic(500, 0.2, 7).publicRows)
  })

  it('choose every row equally often', () => {
    const times = Array.from({ length: 20 }, () => 0)
    for (let from = 0; from < 2000; from++) for (const row of splitPublic(20, 0.25, from).publicRows) times[row] = (times[row] ?? 0) + 1
    // Binomial(2000, 1/4): mean 500, standard deviation 19.4.
    for (const count of times) expect(Math.abs(count - 500)).toBeLessThan(5 * 19.4)
  })

  it('refuse a share outside 0 to 1', () => {
    for (const wrong of [-0.1, 1, Number.NaN]) expect(() => splitPublic(10, wrong, 1)).toThrow('data.public.share')
  })
})

describe('limitRows', () => {
  it('keeps all rows without a limit or under it, and as many distinct rows as allowed above', () => {
    expect([...limitRows(4, undefined, 1)]).toEqual([0, 1, 2, 3])
    expect([...limitRows(4, 9, 1)]).toEqual([0, 1, 2, 3])
    const rows = limitRows(1000, 100, 3)
    expect(rows).toHaveLength(100)
    expect(ascending(rows)).toBe(true)
    expect(rows[99]).toBeGreaterThan(500)
    expect(rows).toEqual(limitRows(1000, 100, 3))
  })
})
