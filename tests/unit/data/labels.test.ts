import { describe, expect, it } from 'vitest'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import type { ExampleTable } from '#main/data/read-table.ts'
import { InputError } from '#shared/errors/input-error.ts'

function table(...labels: string[]): ExampleTable {
  return { path: 'data.tsv', texts: labels.map(() => 'text'), labels, lines: labels.map((_, row) => row + 2) }
}

describe('labelSet', () => {
  it('sorts words by code unit, capitals first, whatever the locale', () => {
    expect(labelSet(null, [table('b', 'a', 'Z', 'ä', 'a')])).toEqual(['Z', 'a', 'b', 'ä'])
  })

  it('sorts integers as numbers, and only if all are integers', () => {
    expect(labelSet(null, [table('10', '9', '-1')])).toEqual(['-1', '9', '10'])
    expect(labelSet(null, [table('10', '9', 'x')])).toEqual(['10', '9', 'x'])
  })

  it('joins the labels of all tables', () => {
    expect(labelSet(null, [table('b'), table('a')])).toEqual(['a', 'b'])
  })

  it("keeps the model's order where the data use its words in any case, or its numbers", () => {
    const names = ['Positive', 'Negative', 'Neutral']
    expect(labelSet(names, [table('negative', 'POSITIVE')])).toEqual(names)
    expect(labelSet(names, [table('2', '0')])).toEqual(names)
  })

  it('drops the names of a model whose words or numbers do not fit the data', () => {
    expect(labelSet(['Positive', 'Negative'], [table('good', 'bad')])).toEqual(['bad', 'good'])
    expect(labelSet(['Positive', 'Negative'], [table('1', '2')])).toEqual(['1', '2'])
  })

  it('keeps the names of a model where a label is one of them, so that another is told as unknown', () => {
    const labels = labelSet(['Positive', 'Negative'], [table('Positive', 'odd')])
    expect(labels).toEqual(['Positive', 'Negative'])
    expect(() => labelIndices(table('Positive', 'odd'), labels)).toThrow(
      /:3: the unknown label "odd"; expected one of "Positive", "Negative"/,
    )
  })

  it('takes placeholders for numbers', () => {
    expect(labelSet(['LABEL_0', 'LABEL_1', 'LABEL_2'], [table('1', '0')])).toEqual(['0', '1', '2'])
    expect(labelSet(['LABEL_0', 'LABEL_1'], [table('yes', 'no')])).toEqual(['no', 'yes'])
    expect(labelSet(['LABEL_0', 'LABEL_1'], [table('label_1', 'label_0')])).toEqual(['LABEL_0', 'LABEL_1'])
  })

  it('wants at least two labels', () => {
    expect(() => labelSet(null, [table('a', 'a')])).toThrow('data.tsv: one label only ("a"); expected at least 2 different labels')
    expect(labelSet(['a', 'b'], [table('a', 'a')])).toEqual(['a', 'b'])
  })

  it('takes a thousand classes and names the line of one more', () => {
    const words = Array.from({ length: 1001 }, (_, index) => `w${index}`)
    expect(labelSet(null, [table(...words.slice(0, 1000))])).toHaveLength(1000)
    expect(() => labelSet(null, [table(...words)])).toThrow('data.tsv:1002: a label number 1001 ("w1000"); expected at most 1000 classes')
  })
})

describe('labelIndices', () => {
  it('finds words, words in another case, and numbers for words', () => {
    const names = ['World', 'Sports', 'Business']
    expect([...labelIndices(table('Sports', 'business', 'WORLD'), names)]).toEqual([1, 2, 0])
    expect([...labelIndices(table('1', '2', '0'), names)]).toEqual([1, 2, 0])
  })

  it('takes numeric class names as names, not as indices', () => {
    expect([...labelIndices(table('1', '4', '2'), ['1', '2', '3', '4'])]).toEqual([0, 3, 1])
    expect(() => labelIndices(table('0'), ['1', '2'])).toThrow(InputError)
  })

  it('tells apart classes that differ by case only', () => {
    expect([...labelIndices(table('us', 'US'), ['US', 'us'])]).toEqual([1, 0])
    expect(() => labelIndices(table('Us'), ['US', 'us'])).toThrow(InputError)
  })

  it('names line, label and the labels there are', () => {
    expect(() => labelIndices(table('a', 'b', 'c'), ['a', 'b'])).toThrow('data.tsv:4: the unknown label "c"; expected one of "a", "b"')
    expect(() => labelIndices(table('a', '1'), ['a', 'b'])).toThrow('data.tsv:3: the unknown label "1"')
    expect(() => labelIndices(table('0', '1', '2'), ['a', 'b'])).toThrow('data.tsv:4: the unknown label "2"')
  })
})
