import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flagsOf, membershipsOf, numbersOf, scoresOf } from '#main/reading/other-problems.ts'

const table = (...labels: string[]) => ({ path: 'x.csv', texts: labels.map(() => 't'), labels, lines: labels.map((_, i) => i + 2) })
const numbers = (minLength: number) => fc.array(fc.integer({ min: -40, max: 40 }), { minLength, maxLength: 12 })

describe('regression', () => {
  test('gives the mean squared error and both correlations', () => {
    const scores = scoresOf('regression', Float64Array.of(1, 2, 3, 5), Float64Array.of(1, 3, 3, 9), 1)
    expect(scores.loss).toBe((1 + 16) / 4)
    expect(scores.pearson).toBeCloseTo(17 / Math.sqrt(8.75 * 36), 12)
    expect(scores.spearman).toBeCloseTo(4.5 / Math.sqrt(5 * 4.5), 12)
  })

  test('ranks are those of counting: how many are smaller, and half of those that are equal', () => {
    fc.assert(
      fc.property(numbers(3), (values) => {
        const wanted = values.map((_, i) => i)
        const ranks = values.map((a) => values.filter((b) => b < a).length + (values.filter((b) => b === a).length - 1) / 2)
        const { spearman } = scoresOf('regression', Float64Array.from(values), Float64Array.from(wanted), 1)
        const { pearson } = scoresOf('regression', Float64Array.from(ranks), Float64Array.from(wanted), 1)
        if (Number.isNaN(pearson)) expect(spearman).toBeNaN()
        else expect(spearman).toBeCloseTo(pearson!, 9)
      }),
    )
  })

  test('takes numbers and nothing else', () => {
    expect([...numbersOf(table('3.8', ' -1 ', '5'))]).toEqual([3.8, -1, 5])
    for (const wrong of ['', 'good', 'NaN']) expect(() => numbersOf(table('1', wrong))).toThrow(/x.csv:3: the label .*; expected a number/)
  })
})

describe('classes by themselves', () => {
  const names = ['toxic', 'obscene', 'threat']

  test('are named between commas, semicolons or bars, in JSON, by number, or one flag for each', () => {
    const cells = ['toxic, threat', 'TOXIC|threat', '["toxic","threat"]', '0;2', '[1, 0, 1]', '1,0,1']
    const found = membershipsOf(table(...cells, ''), names)
    cells.forEach((cell, row) => expect([...found.subarray(3 * row, 3 * row + 3)], cell).toEqual([1, 0, 1]))
    expect([...found.subarray(18)]).toEqual([0, 0, 0])
    expect(() => membershipsOf(table('toxic,rude'), names)).toThrow(/x.csv:2: the label "rude"; expected some of toxic, obscene, threat/)
    expect(() => membershipsOf(table('[1'), names)).toThrow(/a list in JSON/)
  })

  test('may have a column each', () => {
    expect([...flagsOf(table('1', '0', 'True', '0.0'), 'toxic')]).toEqual([1, 0, 1, 0])
    expect(() => flagsOf(table('2'), 'toxic')).toThrow(/"2" in column toxic; expected 1 or 0/)
  })

  test('are measured by binary cross-entropy and F1', () => {
    const shape = fc.array(fc.tuple(fc.integer({ min: -200, max: 200 }), fc.boolean()), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(shape, (pairs) => {
        const even = pairs.slice(0, 2 * Math.floor(pairs.length / 2))
        const [logits, targets] = [even.map(([z]) => z / 8), even.map(([, y]) => Number(y))]
        const scores = scoresOf('multi_label_classification', Float64Array.from(logits), Float64Array.from(targets), 2)
        const losses = logits.map((z, i) => -Math.log(targets[i] === 1 ? 1 / (1 + Math.exp(-z)) : 1 / (1 + Math.exp(z))))
        expect(scores.loss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / losses.length, 9)
        const said = logits.map((z) => Number(1 / (1 + Math.exp(-z)) > 0.5))
        const hits = said.filter((s, i) => s === 1 && targets[i] === 1).length
        const [asked, found] = [targets.filter((y) => y === 1).length, said.filter((s) => s === 1).length]
        expect(scores.f1).toBeCloseTo(hits === 0 ? 0 : 2 / (found / hits + asked / hits), 9)
        const rows = Array.from({ length: even.length / 2 }, (_, r) => [2 * r, 2 * r + 1].every((i) => said[i] === targets[i]))
        expect(scores.accuracy).toBeCloseTo(rows.filter(Boolean).length / rows.length, 9)
      }),
    )
  })
})
