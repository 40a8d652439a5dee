import { describe, expect, it } from 'vitest'
import { CORPUS_LABELS, corpus, pretrainingText } from '#main/data/corpus/corpus.ts'
import { sentence } from '#main/data/corpus/grammar.ts'
import { TOPICS } from '#main/data/corpus/topics/index.ts'
import { readExamples } from '#main/data/read-table.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { bagOfWordsAccuracy, wordsOf } from './bag-of-words.ts'

const tasks = ['topic', 'stance'] as const

describe.each(tasks)('the corpus of the task %s', (task) => {
  const train = corpus({ task, rows: 4000, seed: 1, split: 'train' })
  const test = corpus({ task, rows: 1000, seed: 1, split: 'test' })

  it('repeats itself for a seed, changes with it, and extends itself with more rows', () => {
    expect(corpus({ task, rows: 4000, seed: 1, split: 'train' })).toEqual(train)
    const other = corpus({ task, rows: 4000, seed: 2, split: 'train' }).texts
    expect(other.filter((text) => train.texts.includes(text)).length).toBeLessThan(400)
    expect(corpus({ task, rows: 300, seed: 1, split: 'train' }).texts).toEqual(train.texts.slice(0, 300))
  })

  it('has no sentence twice, and none in both splits whatever the seeds', () => {
    const seen = new Set(train.texts)
    expect(seen.size).toBe(4000)
    for (const seed of [1, 2, 3]) {
      for (const text of corpus({ task, rows: 1000, seed, split: 'test' }).texts) expect(seen.has(text)).toBe(false)
    }
  })

  it('has its classes in equal shares, within one row', () => {
    const names = CORPUS_LABELS[task]
    const counts = names.map((name) => train.labels.filter((label) => label === name).length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4000)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  it('has sentences of 6 to 28 words that begin and end as sentences do', () => {
    for (const text of [...train.texts, ...test.texts]) {
      const words = text.split(' ').length
      expect(words >= 6 && words <= 28, text).toBe(true)
      expect(text).toMatch(/^[A-Z][A-Za-z'’,;:\- ]*[.?]$/)
      expect(text).not.toMatch(/ {2}|[{}]|,,|\ba [aeio]/)
    }
  })

  it('is learned by a bag of words well, and for stance not perfectly', () => {
    const accuracy = bagOfWordsAccuracy(train, test)
    if (task === 'topic') expect(accuracy).toBeGreaterThan(0.95)
    else expect(accuracy).toBeGreaterThan(0.84)
    expect(accuracy).toBeLessThan(task === 'topic' ? 1 : 0.92)
  })
})

describe('the corpus as a whole', () => {
  it('has a vocabulary of 1,000 to 1,800 words', () => {
    const texts = tasks.flatMap((task) => corpus({ task, rows: 8000, seed: 4, split: 'train' }).texts)
    const vocabulary = new Set(texts.flatMap(wordsOf))
    expect(vocabulary.size).toBeGreaterThan(1000)
    expect(vocabulary.size).toBeLessThan(1800)
  })

  it('has topics in the order of their names, which is the order of the classes', () => {
    const names = TOPICS.map(({ topic }) => topic)
    expect(names).toEqual(names.toSorted())
  })

  it('refuses row numbers it can not serve', () => {
    for (const rows of [0, -1, 1.5, Number.NaN, 1e9]) {
      expect(() => corpus({ task: 'topic', rows, seed: 1, split: 'test' })).toThrow(InputError)
      expect(() => pretrainingText({ rows, seed: 1 })).toThrow(InputError)
    }
  })
})

describe('pretrainingText', () => {
  it('gives seeded paragraphs of two to five sentences, none from a test split', () => {
    const paragraphs = pretrainingText({ rows: 1000, seed: 5 })
    expect(pretrainingText({ rows: 1000, seed: 5 })).toEqual(paragraphs)
    expect(new Set(paragraphs).size).toBeGreaterThan(990)
    const tested = new Set(tasks.flatMap((task) => corpus({ task, rows: 5000, seed: 5, split: 'test' }).texts))
    for (const paragraph of paragraphs) {
      const sentences = paragraph.split(/(?<=[.?]) (?=[A-Z])/)
      expect(sentences.length >= 2 && sentences.length <= 5, paragraph).toBe(true)
      expect(sentences.some((text) => tested.has(text))).toBe(false)
    }
  })
})

describe('built-in paths', () => {
  const read = (path: string) => readExamples({ path, text: 'text', label: 'label' })

  it('are tables of the corpus', () => {
    const { texts, labels } = corpus({ task: 'stance', rows: 50, seed: 9, split: 'test' })
    const path = 'builtin:stance/test?rows=50&seed=9'
    expect(read(path)).toEqual({ path, texts, labels, lines: texts.map((_, row) => row + 1) })
    expect(read('builtin:topic/train').texts).toHaveLength(4000)
    expect(read('builtin:topic/test').texts).toHaveLength(500)
  })

  it.each([
    ['builtin:', 'an unknown part of the built-in corpus'],
    ['builtin:weather/train', 'an unknown part of the built-in corpus'],
    ['builtin:topic/dev?rows=3', 'an unknown part of the built-in corpus'],
    ['builtin:topic/train/x', 'an unknown part of the built-in corpus'],
    ['builtin:topic/train?rows=0', 'rows=0; expected a whole number from 1 to 100000'],
    ['builtin:topic/train?rows=1e3', 'rows=1e3'],
    ['builtin:topic/train?seed=-1', 'seed=-1'],
    ['builtin:topic/train?row=5', 'the parameter "row"; expected rows or seed'],
  ])('refuses %s', (path, message) => {
    expect(() => read(path)).toThrow(`${path}: ${message}`)
    expect(() => read(path)).toThrow(InputError)
  })
})

describe('sentence', () => {
  it('sets capital, full stop, and the article by sound', () => {
    expect(sentence('a engineer met a user  in a hour')).toBe('An engineer met a user in an hour.')
    expect(sentence('is it a one-sided , unpaid match?')).toBe('Is it a one-sided, unpaid match?')
    expect(sentence('a unpaid bill and a useless, open-source app')).toBe('An unpaid bill and a useless, open-source app.')
    expect(sentence('a unimpressive view from a unit')).toBe('An unimpressive view from a unit.')
  })
})
