import { describe, expect, it } from 'vitest'
import { publicExamples, type PublicRequest } from '#main/data/public-examples.ts'
import { splitPublic } from '#main/data/splits.ts'

const labels = Int32Array.from({ length: 4000 }, (_, row) => (row * 7) % 4)
const base: PublicRequest = { labels, classes: 4, share: 0.25, condition: 'same', seed: 11 }

const countOf = (values: Int32Array, wanted: number): number => values.reduce((count, value) => count + (value === wanted ? 1 : 0), 0)

describe('publicExamples', () => {
  it('takes its rows from the public side of the split only, in every condition', () => {
    const pool = new Set(splitPublic(4000, 0.25, 11).publicRows)
    for (const condition of ['same', 'label', 'random'] as const) {
      const { rows, labels: believed } = publicExamples({ ...base, condition })
      expect(rows.length).toBeGreaterThan(100)
      expect(believed).toHaveLength(rows.length)
      expect(new Set(rows).size).toBe(rows.length)
      expect(rows.every((row) => pool.has(row))).toBe(true)
      expect(publicExamples({ ...base, condition })).toEqual({ rows, labels: believed })
    }
  })

  it('same: all public rows with their own labels', () => {
    const { rows, labels: believed } = publicExamples(base)
    expect(rows).toEqual(splitPublic(4000, 0.25, 11).publicRows)
    expect(believed).toEqual(rows.map((row) => labels[row] ?? -1))
  })

  it('label: 70 % class 0, the rest evenly from the others, all labels true', () => {
    const { rows, labels: believed } = publicExamples({ ...base, condition: 'label' })
    expect(believed).toEqual(rows.map((row) => labels[row] ?? -1))
    expect(countOf(believed, 0) / rows.length).toBeCloseTo(0.7, 2)
    const others = [1, 2, 3].map((label) => countOf(believed, label))
    expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(1)
    const inPool = countOf(
      splitPublic(4000, 0.25, 11).publicRows.map((row) => labels[row] ?? -1),
      0,
    )
    expect(countOf(believed, 0)).toBe(inPool)
  })

  it('label: refuses a pool without class 0, or with nothing else', () => {
    expect(() => publicExamples({ ...base, labels: labels.map(() => 2), condition: 'label' })).toThrow('0 of 1000 public rows in class 0')
    expect(() => publicExamples({ ...base, labels: labels.map(() => 0), condition: 'label' })).toThrow('1000 of 1000 public rows')
  })

  it('random: labels spread evenly and independent of the truth', () => {
    const { rows, labels: believed } = publicExamples({ ...base, condition: 'random' })
    for (const label of [0, 1, 2, 3]) expect(Math.abs(countOf(believed, label) - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75))
    const right = rows.reduce((count, row, index) => count + (labels[row] === believed[index] ? 1 : 0), 0)
    expect(Math.abs(right - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75))
  })

  it('takes at most the rows asked for, in the same mixture', () => {
    expect(publicExamples({ ...base, rows: 64 }).rows).toHaveLength(64)
    expect(publicExamples({ ...base, rows: 9999 }).rows).toHaveLength(1000)
    const shifted = publicExamples({ ...base, condition: 'label', rows: 100 })
    expect(shifted.rows).toHaveLength(100)
    expect(countOf(shifted.labels, 0)).toBe(70)
  })

  it('noise: changes the given part of the labels, always to another class', () => {
    const { rows, labels: believed } = publicExamples({ ...base, noise: 0.3 })
    const wrong = rows.reduce((count, row, index) => count + (labels[row] === believed[index] ? 0 : 1), 0)
    expect(Math.abs(wrong - 300)).toBeLessThan(5 * Math.sqrt(1000 * 0.3 * 0.7))
    const flipped = publicExamples({ ...base, noise: 1 })
    expect(flipped.rows.every((row, index) => labels[row] !== flipped.labels[index])).toBe(true)
    expect(() => publicExamples({ ...base, noise: 1.5 })).toThrow('data.public.noise')
  })
})
