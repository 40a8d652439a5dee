import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { isHeader } from '#main/data/formats/column-header.ts'
import { readExamples, type ExampleSource } from '#main/data/read-table.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

type Given = Omit<ExampleSource, 'path'>

/** A file, what is given, the columns that are read, and the first text with its label. */
const found: [what: string, name: string, content: string, given: Given, columns: object, first: [string, string]][] = [
  [
    'label titled, text is the other one',
    'a.tsv',
    'label\tanything\n1\tgood\n',
    {},
    { text: ['anything'], label: 'label', header: true },
    ['good', '1'],
  ],
  [
    'both titled among others',
    'b.csv',
    'id,Category,Review\n1,x,y\n',
    {},
    { text: ['Review'], label: 'Category', header: true },
    ['y', 'x'],
  ],
  [
    'review and sentiment',
    'c.csv',
    '"review","sentiment"\n"A film.","pos"\n',
    {},
    { text: ['review'], label: 'sentiment', header: true },
    ['A film.', 'pos'],
  ],
  ['no titles: text, then label', 'd.tsv', 'good film\t1\n', {}, { text: [0], label: 1, header: false }, ['good film', '1']],
  [
    'no titles: a label, then the text',
    'e.tsv',
    'ham\tsee you later\nspam\twin a prize\nham\tok then\n',
    {},
    { text: [1], label: 0, header: false },
    ['see you later', 'ham'],
  ],
  [
    'a header of other names over numbers',
    'f.csv',
    'comment_body,toxicity\nyou are nice,0\nyou are not,1\n',
    { text: 'comment_body' },
    { text: ['comment_body'], label: 'toxicity' },
    ['you are nice', '0'],
  ],
  ['keys of a json object', 'g.jsonl', '{"id":1,"class":0,"sentence":"a"}\n', {}, { text: ['sentence'], label: 'class' }, ['a', '0']],
  [
    'keys of an array of objects',
    'h.json',
    '[{"text":"a","label":"x"},{"text":"b","label":"y"}]',
    {},
    { text: ['text'], label: 'label' },
    ['a', 'x'],
  ],
  [
    'one name given, the other column of two',
    'i.tsv',
    'stars\twords\n5\tgood\n',
    { label: 'stars' },
    { text: ['words'], label: 'stars', header: true },
    ['good', '5'],
  ],
  ['one position given without titles', 'j.tsv', '5\tgood\n', { label: 0 }, { text: [1], label: 0, header: false }, ['good', '5']],
  [
    'no header although line 1 looks like one',
    'k.tsv',
    'label\ttext\n',
    { header: false },
    { text: [0], label: 1, header: false },
    ['label', 'text'],
  ],
  [
    'by position under a header',
    'l.csv',
    'v1,v2,,,\nham,good moon,,,\n',
    { text: 1, label: 0 },
    { text: [1], label: 0, header: true },
    ['good moon', 'ham'],
  ],
  [
    "Kaggle's names without a meaning, by name",
    'm.csv',
    'v1,v2,,,\nham,good moon,,,\n',
    { text: 'v2', label: 'v1' },
    { text: ['v2'], label: 'v1', header: true },
    ['good moon', 'ham'],
  ],
  [
    'four columns without a header, by position',
    'n.tsv',
    'aa01\t1\t\tthe sun\n',
    { text: 3, label: 1 },
    { text: [3], label: 1, header: false },
    ['the sun', '1'],
  ],
  [
    'title and description joined',
    'o.csv',
    '3,Red moon,the moon was red\n4,Blue,a box\n',
    { text: [1, 2], label: 0 },
    { text: [1, 2], label: 0 },
    ['Red moon the moon was red', '3'],
  ],
  [
    'the same by name',
    'p.csv',
    'label,title,description\n3,Red moon,the moon was red\n',
    { text: ['title', 'description'] },
    { text: ['title', 'description'], label: 'label' },
    ['Red moon the moon was red', '3'],
  ],
  [
    'a second text by name',
    'q.tsv',
    'index\tquestion\tsentence\tlabel\n0\tis it red\tthe sun is red\tyes\n',
    { pair: 'sentence' },
    { text: ['question'], pair: 'sentence', label: 'label', unused: [] },
    ['is it red', 'yes'],
  ],
  [
    'one of two texts, the other told',
    'r.tsv',
    'index\tquestion\tsentence\tlabel\n0\tis it red\tthe sun is red\tyes\n',
    { text: 'sentence' },
    { text: ['sentence'], label: 'label', unused: ['question'] },
    ['the sun is red', 'yes'],
  ],
  [
    'a title that stays unused is told',
    's.csv',
    'title,text,label\nA red moon,the moon was red,1\n',
    {},
    { text: ['text'], label: 'label', unused: ['title'] },
    ['the moon was red', '1'],
  ],
  [
    'label and its words side by side',
    't.jsonl',
    '{"text":"a b","label":1,"label_text":"pos"}\n',
    {},
    { text: ['text'], label: 'label' },
    ['a b', '1'],
  ],
  [
    'a nested key',
    'u.jsonl',
    '{"translation":{"en":"a b","de":"c"},"label":1}\n',
    { text: 'translation.en' },
    { text: ['translation.en'], label: 'label' },
    ['a b', '1'],
  ],
  ['a key with a point in it', 'v.jsonl', '{"a.b":"x","label":1}\n', { text: 'a.b' }, { text: ['a.b'] }, ['x', '1']],
  ['semicolons', 'w.csv', 'text;label\na, b;1\n', { delimiter: ';' }, { text: ['text'], label: 'label' }, ['a, b', '1']],
  [
    'quoted cells between tabs',
    'x.tsv',
    '"text"\t"label"\n"two\nlines"\t"1"\n',
    { quoted: true },
    { text: ['text'], label: 'label' },
    ['two\nlines', '1'],
  ],
  [
    'csv whose quotation marks are text',
    'y.csv',
    'text,label\nsay "hi" now,1\n',
    { quoted: false },
    { text: ['text'], label: 'label' },
    ['say "hi" now', '1'],
  ],
  ['a list of words', 'z.jsonl', '{"tokens":["a","b"],"label":1}\n', { text: 'tokens' }, { text: ['tokens'] }, ['a b', '1']],
]

describe('columns that are found', () => {
  test.each(found)('%s (%s)', (_, name, content, given, columns, [text, label]) => {
    const table = readExamples({ path: files.file(name, content), ...given })
    expect(table.columns).toMatchObject(columns)
    expect([table.texts[0], table.labels[0]]).toEqual([text, label])
  })

  test('texts alone: the one that is named so, or the only one with several words', () => {
    const named = readExamples({ path: files.file('a.csv', 'id,text\n1,a b\n'), label: null })
    const only = readExamples({ path: files.file('b.csv', '1,a b,x\n2,c d,y\n'), label: null })
    expect([named.texts, only.texts]).toEqual([['a b'], ['a b', 'c d']])
  })
})

const asked: [what: string, name: string, content: string, given: Given, line: RegExp][] = [
  [
    'four columns without a header (CoLA)',
    'a.tsv',
    'aa01\t1\t\tthe sun was red\naa01\t0\t*\tthe sun red\n',
    {},
    /4 columns without a header; the first row is 0: aa01 \| 1: 1 \| 2: \| 3: the sun was red; expected --text and --label/,
  ],
  [
    'class, title, description (AG News)',
    'b.csv',
    '"3","Red moon","the moon was red"\n',
    {},
    /3 columns without a header.*--text and --label/,
  ],
  ['five columns (MRPC without its header)', 'c.tsv', '1\t70\t71\tone two\tthree four\n', { text: 3 }, /expected --label with/],
  [
    'names that say nothing',
    'd.csv',
    'v1,v2,,,\nham,good moon,,,\n',
    {},
    /no text column among "v1", "v2".*v1: ham \| v2: good moon.*--text/,
  ],
  [
    'eighteen columns of names',
    'e.csv',
    `${Array.from({ length: 18 }, (_, i) => `field_${'abcdefghijklmnopqr'[i]}`).join()}\n${Array.from({ length: 18 }, (_, i) => i).join()}\n`,
    {},
    /no text column among/,
  ],
  [
    'several columns that a label may be in',
    'f.csv',
    'text,emotion,topic\na b,joy,sun\n',
    {},
    /no label column among "text", "emotion", "topic"/,
  ],
  [
    'a question and a sentence (QNLI)',
    'g.tsv',
    'index\tquestion\tsentence\tlabel\n0\tis it\tit is\tx\n',
    {},
    /two columns of texts, "question" and "sentence".*--text question --pair sentence/,
  ],
  [
    'a premise and a hypothesis',
    'h.jsonl',
    '{"premise":"a b","hypothesis":"c d","label":0}\n',
    {},
    /"premise" and "hypothesis".*--pair hypothesis/,
  ],
  ['the pair of STS-B and RTE', 'i.tsv', 'index\tsentence1\tsentence2\tlabel\n0\ta b\tc d\tx\n', {}, /--text sentence1 --pair sentence2/],
  [
    'several untitled texts beside a label',
    'j.tsv',
    'label\tone\ttwo\n1\ta\tb\n',
    {},
    /no text column among "label", "one", "two".*--text/,
  ],
  ['one column', 'k.csv', 'a b;1\nc d;0\n', {}, /1 column without a header; .*expected a text and a label.*--delimiter ";"/],
  ['quotes that reach over lines of a tsv', 'l.tsv', 'text\tlabel\n"two\nlines"\t1\n', {}, /a row of 1 column; .*--quoted/],
  [
    'an object of columns',
    'm.json',
    '{"text": ["a"],\n "label": [1]}',
    {},
    /one object \(text, label\) over several lines; expected an array of objects/,
  ],
  [
    'columns of a data frame',
    'm1.json',
    '{"text":{"0":"a","1":"b"},"label":{"0":1,"1":0}}',
    {},
    /one object of 2 columns \(text, label\); .*orient='records'/,
  ],
  ['lists of columns', 'm2.json', '{"text":["a","b"],"label":[1,0]}', {}, /one object of 2 columns \(text, label\); .*orient='records'/],
  [
    'rows under a key',
    'm3.json',
    '{"version":"1","data":[{"text":"a","label":1}]}',
    {},
    /one object whose "data" is a list of 1 rows; expected that list/,
  ],
  ['rows under a key, over lines', 'm4.json', '{"version":"1",\n"data":[{"text":"a","label":1}]}', {}, /one object whose "data" is a list/],
  [
    'rows by their names',
    'm7.json',
    '{"0":{"text":"a","label":1},"1":{"text":"b","label":0}}',
    {},
    /one object of 2 rows by their names \("0", \.\.\.\); expected an array of them/,
  ],
  [
    'numbers of columns that pandas writes',
    'x.csv',
    '0,1\nsome words,a\nmore words,b\n',
    {},
    /x\.csv:1: a first line of 0,1; expected --header .*pandas/,
  ],
  ['the same behind an index', 'y.csv', ',0,1\n0,some words,a\n1,more words,b\n', {}, /y\.csv:1: a first line of ,0,1; expected --header/],
  ['rows without keys', 'm5.json', '[["a b","x"],["c","y"]]', {}, /m5\.json:1: an array; expected an array of objects/],
  ['an array in lines', 'm6.jsonl', '[{"text":"a","label":1}]', {}, /m6\.jsonl:1: an array; expected one JSON object per line/],
  [
    'a header with a name twice',
    'q.csv',
    'text,text,label\na b,c d,1\n',
    {},
    /q\.csv:1: two columns named "text"; expected different names/,
  ],
  ['semicolons where texts have commas', 'r.csv', 'text;label\none, two;1\nthree;0\n', {}, /--delimiter ";" where/],
  ['semicolons around quoted cells', 's.csv', 'text;label\n"a, b";"1"\n', {}, /:2: .*or --delimiter ";" where/],
  ['tabs in csv', 't.csv', 'text\tlabel\na, b\t1\n', {}, /--delimiter "\\t" where/],
  [
    'lines before the table',
    'u.csv',
    '# made by hand\ntext,label\na b,1\n',
    {},
    /rows below have 2 columns: does the table begin further down/,
  ],
  [
    'a line for Excel',
    'v.csv',
    'sep=;\r\ntext;label\r\na b;1\r\n',
    {},
    /v\.csv:1: "sep=;", a line for Excel alone; expected .*--delimiter ";"/,
  ],
  ['several labels of fastText', 'w.txt', '__label__a __label__b some words\n', {}, /w\.txt:1: several labels; expected one __label__NAME/],
  ['a list for a label', 'n.jsonl', '{"text":"a","label":["x","y"]}\n', {}, /:1: an array under "label"; expected a label/],
  [
    'an option that the format has no use for',
    'o.jsonl',
    '{"text":"a","label":1}\n',
    { delimiter: ';' },
    /delimiter for a jsonl file; expected no delimiter/,
  ],
  ['several columns that say a row is toxic', 'p.csv', 'id,comment_text,toxic,obscene\n1,a b,0,1\n', {}, /no label column among/],
]

describe('columns that are asked for', () => {
  test.each(asked)('%s (%s)', (_, name, content, given, line) => {
    expect(refusal({ path: files.file(name, content), ...given })).toMatch(line)
  })
})

describe('a first line', () => {
  const rows = (lines: string): [string[], string[][]] => {
    const [first, ...below] = lines.split('/').map((line) => line.split('|'))
    return [first!, below]
  }
  test.each([
    'text|label/a|b',
    'Sentence|Label/a|x',
    'v1|v2|||/ham|good moon|||',
    '|text|label/0|a b|x',
    'entry_id|link_id|body_words/1|2|a b',
    'comment_body|verdict/a b|x/c d|x/e f|y/g h|y',
    'tweet|stance/a b|favour',
    'class index|title|description/1|a|b',
  ])('names the columns: %s', (lines) => expect(isHeader(...rows(lines))).toBe(true))

  test.each([
    'good|yes/bad|no/fine|yes',
    'a film.|pos/another one|neg',
    'good film|1/bad film|0',
    'what is it|question/it is a film|statement/who is it|question',
    'aa01|1||the sun/aa01|0|*|the moon',
    'ham|see you|/spam|win|',
    'text|text/a|b',
    'one/two',
    'a b|x',
    'The quick brown fox jumps|label/a|label',
  ])('is a row: %s', (lines) => expect(isHeader(...rows(lines))).toBe(false))

  test('is a row wherever its label goes on below, whatever the words', () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/)
    const sentence = fc.array(word, { minLength: 2, maxLength: 6 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(fc.tuple(sentence, fc.constantFrom('label', 'x', 'class')), { minLength: 3, maxLength: 20 }), (lines) => {
        const again = [...lines, ...lines.map(([text, label]) => [`${text} too`, label])]
        expect(isHeader(again[0]!, again.slice(1) as string[][])).toBe(false)
      }),
    )
  })
})

describe('rows that cannot be used', () => {
  const content = 'text,label\na,x\n ,x\nb,\nc,y,z\nd\n\ne,y\n'

  test('are named with their line, and what leaves them out', () => {
    expect(refusal({ path: files.file('a.csv', content) })).toMatch(/a\.csv:3: an empty text \(column "text"\).*"onBadRow": "skip"/)
  })

  test('are left out and counted when asked', () => {
    const table = readExamples({ path: files.file('a.csv', content), onBadRow: 'skip' })
    expect([table.texts, table.lines]).toEqual([
      ['a', 'e'],
      [2, 8],
    ])
    expect(table.skipped).toEqual([
      { why: 'an empty text', rows: 1, line: 3 },
      { why: 'an empty label', rows: 1, line: 4 },
      { why: '3 columns', rows: 1, line: 5 },
      { why: 'a row of 1 column', rows: 1, line: 6 },
      { why: 'an empty line', rows: 1, line: 7 },
    ])
  })

  test('in json too', () => {
    const lines = [
      '{"text":"a","label":1}',
      '{"text":',
      '{"text":7,"label":1}',
      '{"label":1}',
      '{"text":"b","label":null}',
      '[]',
      '{"text":"c","label":0}',
    ]
    const table = readExamples({ path: files.file('a.jsonl', lines.join('\n')), onBadRow: 'skip' })
    expect(table.texts).toEqual(['a', 'c'])
    expect(table.skipped!.map(({ why, rows }) => [why.replace(/".*/, ''), rows])).toEqual([
      ['invalid JSON', 1],
      ['a number under ', 1],
      ['no key ', 1],
      ['null under ', 1],
      ['an array', 1],
    ])
  })

  test('all of them are refused', () => {
    expect(refusal({ path: files.file('a.csv', 'text,label\n,x\n,y\n'), onBadRow: 'skip' })).toMatch(/no rows but 2 with an empty text/)
  })
})

describe('lines of fastText', () => {
  test.each(['__label__pos some words\n__label__neg other, words\n', '__label__pos\tsome words\n__label__neg\tother, words\n'])(
    'are labels without their sign, and texts: %j',
    (content) => {
      const { texts, labels, columns } = readExamples({ path: files.file('train.txt', content) })
      expect([texts, labels]).toEqual([
        ['some words', 'other, words'],
        ['pos', 'neg'],
      ])
      expect(columns).toMatchObject({ text: ['text'], label: 'label' })
    },
  )
})

test('a first line of numbers is a header or a row as somebody says', () => {
  const path = files.file('numbers.csv', '0,1\nsome words,1\nmore words,0\n')
  expect(readExamples({ path, header: true, text: 0, label: 1 }).texts).toEqual(['some words', 'more words'])
  expect(readExamples({ path, header: false }).labels).toEqual(['1', '1', '0'])
})
