import { describe, expect, it } from 'vitest'
import { publicExamples, type PublicRequest } from '#main/data/public-examples.ts'
import { splitPublic } from '#main/data/splits.ts'

const labels = Int32Array.from({ length: 4000 }, (_, row) => (row * 7) % 4)
const pool = splitPublic(4000, 0.25, 11).publicRows
const base: PublicRequest = { pool, labels, classes: 4, condition: 'same', seed: 11 }

const countOf = (values: Int32Array, wanted: number): number => values.reduce((count, value) => count + (value === wanted ? 1 : 0), 0)

describe('publicExamples', () => {
  it('takes its rows from the pool only, in every condition', () => {
    const allowed = new Set(pool)
    for (const condition of ['same', 'label', 'domain', 'random', 'flipped'] as const) {
      const { rows, labels: believed } = publicExamples({ ...base, condition })
      expect(rows.length).toBeGreaterThan(100)
      expect(believed).toHaveLength(rows.length)
      expect(new Set(rows).size).toBe(rows.length)
      expect(rows.every((row) => allowed.has(row))).toBe(true)
      expect(publicExamples({ ...base, condition })).toEqual({ rows, labels: believed })
    }
  })

  it('same: all public rows with their own labels', () => {
    const { rows, labels: believed } = publicExamples(base)
    expect(rows).toEqual(pool)
    expect(believed).toEqual(rows.map((row) => labels[row] ?? -1))
  })

  it('label: 70 % class 0, the rest evenly from the others, all labels true', () => {
    const { rows, labels: believed } = publicExamples({ ...base, condition: 'label' })
    expect(believed).toEqual(rows.map((row) => labels[row] ?? -1))
    expect(countOf(believed, 0) / rows.length).toBeCloseTo(0.7, 2)
    const others = [1, 2, 3].map((label) => countOf(believed, label))
    expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(1)
    const inPool = countOf(
      pool.map((row) => labels[row] ?? -1),
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

  it('flipped: every class under the name of one other, and no two under the same', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { rows, labels: believed } = publicExamples({ ...base, condition: 'flipped', seed })
      const names = [0, 1, 2, 3].map((label) => [...new Set([...rows].flatMap((row, i) => (labels[row] === label ? [believed[i]!] : [])))])
      expect(names.every((name, label) => name.length === 1 && name[0] !== label)).toBe(true)
      expect(names.flat().toSorted()).toEqual([0, 1, 2, 3])
    }
  })

  it('flipped: each of the nine ways to exchange four classes, about as often as any other', () => {
    const ways = new Map<string, number>()
    for (let seed = 1; seed <= 900; seed++) {
      const { labels: believed } = publicExamples({
        ...base,
        pool: Int32Array.of(0, 1, 2, 3),
        labels: Int32Array.of(0, 1, 2, 3),
        condition: 'flipped',
        seed,
      })
      ways.set(believed.join(), (ways.get(believed.join()) ?? 0) + 1)
    }
    expect(ways.size).toBe(9)
    for (const count of ways.values()) expect(Math.abs(count - 100)).toBeLessThan(5 * Math.sqrt(900 * (1 / 9) * (8 / 9)))
  })

  it('flipped: exchanges two classes', () => {
    const binary = labels.map((label) => label % 2)
    const { rows, labels: believed } = publicExamples({ ...base, labels: binary, classes: 2, condition: 'flipped' })
    expect(believed).toEqual(rows.map((row) => 1 - binary[row]!))
  })

  it('noise: replaces exactly the given part of the labels, each other class as often', () => {
    const { rows, labels: believed } = publicExamples({ ...base, noise: 0.3 })
    const shifts = [...rows].map((row, index) => (believed[index]! - labels[row]! + 4) % 4)
    const counts = [0, 1, 2, 3].map((shift) => shifts.filter((other) => other === shift).length)
    expect(counts[0]).toBe(700)
    for (const count of counts.slice(1)) expect(Math.abs(count - 100)).toBeLessThan(5 * Math.sqrt(300 * (1 / 3) * (2 / 3)))
    expect(publicExamples({ ...base, noise: 0.3 }).labels).toEqual(believed)
    expect(publicExamples({ ...base, noise: 0.3, seed: 12 }).labels).not.toEqual(believed)
    const all = publicExamples({ ...base, noise: 1 })
    expect(all.rows.every((row, index) => labels[row] !== all.labels[index])).toBe(true)
    expect(() => publicExamples({ ...base, noise: 1.5 })).toThrow('data.public.noise')
  })

  it('noise: leaves the rows as they are without it, in every condition that allows it', () => {
    for (const condition of ['same', 'label', 'domain', 'flipped'] as const) {
      const [clean, noisy] = [publicExamples({ ...base, condition }), publicExamples({ ...base, condition, noise: 0.5 })]
      expect(noisy.rows).toEqual(clean.rows)
      expect(noisy.labels.filter((label, i) => label !== clean.labels[i]).length).toBe(Math.round(clean.rows.length / 2))
    }
  })
})
