import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ClassHead, type Classes, NO_HEAD, classesOf } from '#main/data/classes.ts'
import { classify } from '#main/data/classify.ts'
import type { ExampleTable } from '#main/data/examples.ts'
import { InputError } from '#shared/errors/input-error.ts'

function table(labels: readonly string[], classNames?: readonly string[]): ExampleTable {
  const lines = labels.map((_, row) => row + 2)
  return { path: 'data.tsv', texts: labels.map(() => 'text'), labels: [...labels], lines, ...(classNames ? { classNames } : {}) }
}

/** Labels with one space between. */
const of = (words: string, names?: string): ExampleTable => table(words.split(' '), names?.split(' '))
const stored = (outputs: number, ...names: string[]): ClassHead => ({ names: names.length > 0 ? names : null, outputs })
const drawn = (...names: string[]): ClassHead => ({ names: names.length > 0 ? names : null, outputs: null })
const LABELS_3 = ['LABEL_0', 'LABEL_1', 'LABEL_2']

/** A head, the data, the names and the index of each row. */
const known: [what: string, head: ClassHead, data: ExampleTable, labels: string, indices: number[]][] = [
  ['names in the order of their numbers under a head without names', stored(3), of('n c e', 'e n c'), 'e n c', [1, 2, 0]],
  ['the same under placeholders', stored(3, ...LABELS_3), of('n c e', 'e n c'), 'e n c', [1, 2, 0]],
  ['the same for a head that is drawn', drawn(), of('b a', 'b a'), 'b a', [0, 1]],
  ['names that the head has in another order', stored(3, 'c', 'n', 'e'), of('n c e', 'e n c'), 'c n e', [1, 0, 2]],
  ['names other than the head has go by number', stored(2, 'NEGATIVE', 'POSITIVE'), of('pos neg', 'neg pos'), 'NEGATIVE POSITIVE', [1, 0]],
  [
    'some names in common, at the same numbers',
    stored(3, 'NEG', 'neutral', 'POS'),
    of('good neutral', 'bad neutral good'),
    'NEG neutral POS',
    [2, 1],
  ],
  ['other names for a head that is drawn', drawn('cat', 'dog'), of('pos neg', 'neg pos'), 'neg pos', [1, 0]],
  ['numbers under names', stored(3, 'x', 'y', 'z'), of('2 0 1'), 'x y z', [2, 0, 1]],
  ['some of the numbers', stored(3, 'x', 'y', 'z'), of('1 0'), 'x y z', [1, 0]],
  ['numbers under a head without names', stored(3), of('1 0'), '0 1 2', [1, 0]],
  ['numbers under placeholders of a head that is drawn', drawn(...LABELS_3), of('1 0'), '0 1 2', [1, 0]],
  ['numbers from 1 under a head without names', stored(4), of('4 1 3'), '1 2 3 4', [3, 0, 2]],
  [
    'numbers from 1 under names',
    stored(4, 'World', 'Sports', 'Business', 'Sci/Tech'),
    of('4 2 1'),
    'World Sports Business Sci/Tech',
    [3, 1, 0],
  ],
  ['numbers that stand in the names', stored(3, '1_star', '2_stars', '3_stars'), of('1 3'), '1_star 2_stars 3_stars', [0, 2]],
  ['numbers in names that count down', stored(3, '3_stars', '2_stars', '1_star'), of('1 3'), '3_stars 2_stars 1_star', [2, 0]],
  [
    'numbers of outputs under names with others',
    stored(3, '1_star', '2_stars', '3_stars'),
    of('0 2 1'),
    '1_star 2_stars 3_stars',
    [0, 2, 1],
  ],
  ['numbers with a point', stored(2), of('1.0 0.0'), '0 1', [1, 0]],
  ['numbers with a point under names', stored(2, 'no', 'yes'), of('1.0 0.0'), 'no yes', [1, 0]],
  ['numbers with a point for a head that is drawn', drawn(), of('1.0 0.0 2.0'), '0 1 2', [1, 0, 2]],
  ['truth values under a head without names', stored(2), of('True False'), 'false true', [1, 0]],
  ['truth values under names', stored(2, 'no', 'yes'), of('true false'), 'no yes', [1, 0]],
  ['truth values for a head that is drawn', drawn(), of('TRUE FALSE TRUE'), 'false true', [1, 0, 1]],
  ['truth values that are the names', stored(2, 'True', 'False'), of('true false'), 'True False', [0, 1]],
  ['names in another case', stored(2, 'Positive', 'Negative'), of('negative POSITIVE'), 'Positive Negative', [1, 0]],
  [
    'names with other spaces',
    stored(2, 'not equivalent', 'equivalent'),
    of('not_equivalent Equivalent'),
    'not equivalent|equivalent',
    [0, 1],
  ],
  ['placeholders as labels', stored(3, ...LABELS_3), of('LABEL_2 label_0'), 'LABEL_0 LABEL_1 LABEL_2', [2, 0]],
  ['placeholders that the head leaves out', stored(3), of('LABEL_2 LABEL_0'), 'LABEL_0 LABEL_1 LABEL_2', [2, 0]],
  ['words of a drawn head, by code unit', drawn(), of('b a Z ä a'), 'Z a b ä', [2, 1, 0, 3, 1]],
  ['numbers of a drawn head, as numbers', drawn(), of('10 9 100'), '9 10 100', [1, 0, 2]],
  ['numbers and a word are words', drawn(), of('10 9 x'), '10 9 x', [0, 1, 2]],
  ['words and numbers in one column', stored(2, 'neg', 'pos'), of('pos 0 neg 1'), 'neg pos', [1, 0, 0, 1]],
  ['a class that is called as nothing is', stored(2, 'none', 'NA'), of('NA none'), 'none NA', [1, 0]],
  ['a class called -1', stored(3, '-1', '0', '1'), of('-1 1 0'), '-1 0 1', [0, 2, 1]],
  ['classes called by numbers from 1', stored(2, '1', '2'), of('2 1'), '1 2', [1, 0]],
  ['classes called by fractions', stored(2, '0.5', '1.5'), of('1.5 0.5'), '0.5 1.5', [1, 0]],
]

const labelsOf = (words: string): string[] => words.split(words.includes('|') ? '|' : ' ')

describe('what labels mean', () => {
  test.each(known)('%s', (_, head, data, labels, indices) => {
    const classes = classesOf(head, data)
    expect(classes.labels).toEqual(labelsOf(labels))
    const { indices: found, counts } = classify(data, classes)
    expect([...found]).toEqual(indices)
    expect(counts.map(({ rows }) => rows)).toEqual(classes.labels.map((_label, index) => indices.filter((one) => one === index).length))
  })

  const refused: [what: string, head: ClassHead, data: ExampleTable, line: RegExp][] = [
    ['words under a stored head that has no names for them', stored(2), of('yes no'), /head of 2 outputs that has no names.*--classes/],
    [
      'words that are not the names of a stored head',
      stored(2, 'neg', 'pos'),
      of('good bad'),
      /"good", "bad"; expected "neg", "pos".*--classes/,
    ],
    ['more names than outputs', stored(2), of('a b c', 'a b c'), /3 classes \("a", "b", "c"\); expected 2, the outputs/],
    ['numbers out of range', stored(3), of('0 3'), /"0", "3"; expected numbers from 0 to 2/],
    [
      'numbers that may be those of the outputs or those in the names',
      stored(3, '1_star', '2_stars', '3_stars'),
      of('1 2'),
      /"1", "2", which may be numbers of the outputs or those in the names .*--classes 0,1,2 or --classes 1,2,3/,
    ],
    ['numbers from 5', stored(3), of('5 6 7'), /expected numbers from 0 to 2/],
    ['names in common at other numbers, beside others', stored(3, 'a', 'b', 'c'), of('b x', 'b x y'), /names in common, or.*classes/],
    ['a fraction', drawn(), of('3 3.5'), /data\.tsv:3: the label 3\.5, a number with a fraction; .*regression/],
    ['scores', drawn(), of('0.25 4.8'), /data\.tsv:2: the label 0\.25/],
    ['infinity', drawn(), of('1 inf'), /data\.tsv:3: the label inf/],
    ['minus one', drawn(), of('1 0 -1'), /data\.tsv:4: the label "-1", which means no class.*--on-bad-row skip/],
    ['a dash', drawn(), of('a - b'), /data\.tsv:3: the label "-"/],
    ['NaN', stored(2, 'a', 'b'), of('a nan'), /data\.tsv:3: the label "nan"/],
    ['null', drawn(), of('null a b'), /data\.tsv:2: the label "null"/],
    ['one label', drawn(), of('a a'), /one label only \("a"\)/],
    ['labels that differ by case', drawn(), of('Good good bad'), /differ by case or spaces only \("Good", "good"\).*--classes/],
    [
      'a label of its own in most rows',
      drawn(),
      table(Array.from({ length: 40 }, (_, i) => `w${i % 30}`)),
      /30 different labels in 40 rows.*label column/,
    ],
    [
      'a label that the head has not, beside one that it has',
      stored(2, 'Positive', 'Negative'),
      of('Positive odd'),
      /data\.tsv:3: the unknown label "odd"/,
    ],
  ]
  test.each(refused)('%s: refused', (_, head, data, line) => {
    const read = (): unknown => classify(data, classesOf(head, data))
    expect(read).toThrow(InputError)
    expect(read).toThrow(line)
  })

  test('a thousand classes are taken, and the line of one more is named', () => {
    const words = Array.from({ length: 2002 }, (_, i) => `w${Math.floor(i / 2)}`)
    expect(classesOf(NO_HEAD, table(words.slice(0, 2000))).labels).toHaveLength(1000)
    expect(() => classesOf(NO_HEAD, table(words))).toThrow('data.tsv:2002: a label number 1001 ("w1000"); expected at most 1000 classes')
  })

  test("the user's own order wins, for as many classes as there are outputs", () => {
    const given = (names: string, head: ClassHead, data: ExampleTable): number[] => [
      ...classify(data, classesOf(head, data, { given: names.split(',') })).indices,
    ]
    expect(given('yes,no', stored(2), of('no yes'))).toEqual([1, 0])
    expect(given('-1,0,1', stored(3), of('0 -1 1'))).toEqual([1, 0, 2])
    expect(given('good,Good', drawn(), of('Good good'))).toEqual([1, 0])
    expect(given('neg,pos', stored(2), of('1 0'))).toEqual([1, 0])
    expect(() => given('a,b,c', stored(2), of('a b'))).toThrow(/data\.classes: 3 classes .* expected 2/)
  })
})

describe('another table than the one that decided', () => {
  const indices = (classes: Classes, other: ExampleTable): number[] => [...classify(other, classes).indices]
  const described = classesOf(stored(2), of('neg pos', 'neg pos'))

  test('may have numbers where the first has described names, and the other way round', () => {
    expect(indices(described, of('1 0'))).toEqual([1, 0])
    expect(indices(described, of('1.0 0.0'))).toEqual([1, 0])
    expect(indices(classesOf(stored(2), of('1 0')), of('pos neg', 'neg pos'))).toEqual([1, 0])
    expect(indices(classesOf(stored(2, 'neg', 'pos'), of('pos neg')), of('1 0'))).toEqual([1, 0])
  })

  test('may count from 1', () => {
    const four = classesOf(stored(4, 'a', 'b', 'c', 'd'), of('a b c d'))
    expect(indices(four, of('1 2 4'))).toEqual([0, 1, 3])
    expect(indices(classesOf(stored(4, 'a', 'b', 'c', 'd'), of('1 2 3 4')), of('1 3'))).toEqual([0, 2])
  })

  test('may have its names numbered otherwise', () => {
    expect(indices(described, of('pos neg pos', 'pos neg'))).toEqual([1, 0, 1])
  })

  test('with numbers where nothing numbers the words is refused, and with words where nothing names the numbers', () => {
    const words = classesOf(drawn(), of('no yes'))
    expect(() => indices(words, of('1 0'))).toThrow('data.tsv:2: the unknown label "1"; expected one of "no", "yes"')
    expect(() => indices(classesOf(drawn(), of('0 1')), of('no yes'))).toThrow('unknown label "no"')
  })

  test('with fewer classes, or with one more', () => {
    expect(indices(described, of('pos'))).toEqual([1])
    expect(() => indices(described, of('pos other'))).toThrow(/:3: the unknown label "other"/)
  })

  test('leaves out and counts what has no class, when asked', () => {
    const data = { ...of('pos - neg other NaN -'), origins: [0, 0, 1, 1, 2, 2], files: ['a', 'b', 'c'] }
    const { table: left, indices: found, skipped } = classify(data, described, 'skip')
    expect([...found]).toEqual([1, 0])
    expect([left.lines, left.origins]).toEqual([
      [2, 4],
      [0, 1],
    ])
    expect(skipped).toEqual([
      { why: 'the label "-", which means no class', rows: 2, line: 3 },
      { why: 'the unknown label "other"', rows: 1, line: 5 },
      { why: 'the label "NaN", which means no class', rows: 1, line: 6 },
    ])
    expect(() => classify(of('- nan'), described, 'skip')).toThrow('no row with one of the classes')
  })
})

describe('properties', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,8}$/), { minLength: 2, maxLength: 6, selector: (name) => name })
  const usual = names.filter((all) => !all.some((name) => ['nan', 'null', 'none', 'true', 'false', 'inf', 'infinity'].includes(name)))
  const rows = (count: number) => fc.array(fc.nat({ max: count - 1 }), { minLength: count, maxLength: 30 })
  const cases = usual.chain((all) => fc.tuple(fc.constant(all), rows(all.length), fc.shuffledSubarray(all, { minLength: all.length })))

  test('a described column gives its numbers under any head without names', () => {
    fc.assert(
      fc.property(cases, ([all, numbers]) => {
        const data = table(
          numbers.map((number) => all[number]!),
          all,
        )
        for (const head of [stored(all.length), drawn()]) expect([...classify(data, classesOf(head, data)).indices]).toEqual(numbers)
      }),
    )
  })

  test("any spelling of a head's names gives its own numbers, whatever the data's order", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ([all, numbers, other], described) => {
        const words = numbers.map((number, i) => (i % 2 ? all[number]!.toUpperCase() : ` ${all[number]!}`.trim()))
        const data = table(words, described ? other : undefined)
        expect([...classify(data, classesOf(stored(all.length, ...all), data)).indices]).toEqual(numbers)
      }),
    )
  })

  test('numbers from 0, from 1 and with a point say the same', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 1), fc.constantFrom('', '.0'), ([all, numbers], first, point) => {
        const whole = [...numbers, ...all.keys()]
        const data = table(whole.map((number) => `${number + first}${point}`))
        for (const head of [stored(all.length), stored(all.length, ...all)]) {
          expect([...classify(data, classesOf(head, data)).indices]).toEqual(whole)
        }
      }),
    )
  })
})

test('where a stored head has other classes than the data, a new head is the way out that is named', () => {
  const cases = [
    [stored(3), of('pos neg')],
    [stored(2), of('0 1 2')],
    [stored(2), of('a b c', 'a b c')],
    [stored(3, 'x', 'y', 'z'), of('pos neg')],
  ] as const
  for (const [head, data] of cases) expect(() => classesOf(head, data)).toThrow(/model\.head "fresh" in a scenario/)
  for (const [, data] of cases) expect(classesOf(NO_HEAD, data).labels.length).toBeGreaterThan(1)
})
