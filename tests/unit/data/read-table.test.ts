import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readExamples, type ExampleSource, type ReadOptions } from '#main/data/read-table.ts'
import { InputError } from '#shared/errors/input-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-table-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function read(extension: string, content: string | Uint8Array, source: Partial<ExampleSource> = {}, options: ReadOptions = {}) {
  const path = join(folder, `file${files++}.${extension}`)
  writeFileSync(path, content)
  return readExamples({ text: 0, label: 1, ...source, path }, options)
}

/** The error of a read, with the file's own path cut to `file`. */
function errorOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof InputError) return error.message.replace(/^\S*file\d*\.\w+/, 'file')
    throw error
  }
  throw new Error('no error')
}

describe('tsv', () => {
  it('splits at tabs alone, so that quotes and commas are text', () => {
    expect(read('tsv', 'He said "no\tWorld\n"a", b\tSports\n')).toMatchObject({
      texts: ['He said "no', '"a", b'],
      labels: ['World', 'Sports'],
      lines: [1, 2],
    })
  })

  it('takes columns by name, which implies a header, and counts lines from the file', () => {
    const table = read('tsv', 'label\tsentence\n1\tfine\n0\tpoor\n', { text: 'sentence', label: 'label' })
    expect(table).toMatchObject({ texts: ['fine', 'poor'], labels: ['1', '0'], lines: [2, 3] })
  })

  it('skips line 1 for positions only when told of a header', () => {
    expect(read('tsv', 'a\tx\nb\ty\n').texts).toEqual(['a', 'b'])
    expect(read('tsv', 'a\tx\nb\ty\n', { header: true })).toMatchObject({ texts: ['b'], lines: [2] })
    expect(read('tsv', 'sentence\tx\nb\ty\n', { text: 'sentence', label: 1 })).toMatchObject({ texts: ['b'], labels: ['y'] })
  })

  it('sees a header where the label column of line 1 is titled as one, unless told otherwise', () => {
    expect(read('tsv', 'Sentence\tLabel\na\tx\n')).toMatchObject({ texts: ['a'], lines: [2] })
    expect(read('tsv', 'Sentence\tLabel\na\tx\n', { header: false }).labels).toEqual(['Label', 'x'])
  })

  it('takes away a byte order mark, CRLF, empty lines at the end and white space around labels', () => {
    const table = read('txt', '\uFEFFtext\tlabel\r\nä\u{1F600}\t x \r\nb\ty\r\n\r\n\n', { text: 'text', label: 'label' })
    expect(table).toMatchObject({ texts: ['ä\u{1F600}', 'b'], labels: ['x', 'y'], lines: [2, 3] })
  })

  it('reads a last line without a line feed', () => {
    expect(read('tsv', 'a\tx\nb\ty').labels).toEqual(['x', 'y'])
  })

  it('accepts rows that lack only columns nobody asked for', () => {
    expect(read('tsv', 'text\tlabel\tnote\na\tx\nb\ty\tn\n', { header: true }).labels).toEqual(['x', 'y'])
  })
})

describe('csv', () => {
  it('follows RFC 4180: quoted commas, doubled quotes and line breaks', () => {
    const table = read('csv', 'text,label\r\n"a, ""b""",x\r\n"two\r\nlines",y\r\n"three\nmore\nlines",x\r\nlast,y\r\n\r\n', {
      text: 'text',
      label: 'label',
    })
    expect(table.texts).toEqual(['a, "b"', 'two\r\nlines', 'three\nmore\nlines', 'last'])
    expect(table.lines).toEqual([2, 3, 5, 8])
  })

  it('names the line where broken quotes begin', () => {
    expect(errorOf(() => read('csv', 'a,x\n"b\nc",y\n"d,x\ne,y\n'))).toMatch(/^file:4: a quoted cell that never ends;/)
    expect(errorOf(() => read('csv', 'a,x\nb"c,y\n'))).toMatch(/^file:2: a quote inside a cell/)
    expect(errorOf(() => read('csv', '"a"b,x\n'))).toMatch(/^file:1: text after the closing quote/)
  })

  it('takes away a byte order mark before a quoted header', () => {
    expect(read('csv', '\uFEFF"text",label\na,x\n', { text: 'text', label: 'label' }).texts).toEqual(['a'])
  })
})

describe('jsonl', () => {
  const byKey = { text: 'text', label: 'label' }

  it('reads keys of one object per line, with labels of any scalar kind', () => {
    const table = read('ndjson', '{"text":"a","label":1}\r\n{"label":"x","text":"b\\tc"}\n{"text":"d","label":true}\n\n', byKey)
    expect(table).toMatchObject({ texts: ['a', 'b\tc', 'd'], labels: ['1', 'x', 'true'], lines: [1, 2, 3] })
  })

  it.each([
    ['{"text":"a","label":1}\n{"text":', /^file:2: invalid JSON \(.*\); expected one JSON object per line/],
    ['{"text":"a","label":1}\n\n{"text":"a","label":1}', /^file:2: an empty line/],
    ['[1]', /^file:1: an array; expected one JSON object/],
    ['null', /^file:1: null; expected one JSON object/],
    ['{"texts":"a","label":1}', /^file:1: no key "text" \(did you mean "texts"\?\); expected one of "texts", "label"/],
    ['{}', /^file:1: no key "text"; expected a key "text"/],
    ['{"text":1,"label":1}', /^file:1: a number under "text"; expected a string/],
    ['{"text":"a","label":null}', /^file:1: null under "label"; expected a label/],
    ['{"text":"a","label":{}}', /^file:1: an object under "label"/],
  ])('refuses %s', (content, message) => {
    expect(errorOf(() => read('jsonl', content, byKey))).toMatch(message)
  })

  it('does not take inherited properties for columns', () => {
    expect(errorOf(() => read('jsonl', '{"text":"a"}', { text: 'text', label: 'constructor' }))).toMatch(/no key "constructor"/)
  })

  it('says that positions mean nothing here', () => {
    expect(errorOf(() => read('jsonl', '{}', { label: 'label' }))).toBe(
      'file: column position 0 for a jsonl file; expected the name of a key, e.g. "text"',
    )
  })
})

describe('errors common to the formats', () => {
  const byName = { text: 'text', label: 'label' }

  it.each<[string, string, string | Uint8Array, Partial<ExampleSource>, RegExp]>([
    ['an empty file', 'tsv', '', {}, /^file: an empty file;/],
    ['a lone byte order mark', 'tsv', '\uFEFF', {}, /^file: an empty file;/],
    ['line feeds only', 'csv', '\n\n\n', {}, /^file: no rows;/],
    ['a header only', 'csv', 'text,label\n', byName, /^file: no rows;/],
    ['a missing cell', 'tsv', 'a\tx\nb\n', {}, /^file:2: a row of 1 column; expected column 1 in every row/],
    ['a missing named cell', 'csv', 'text,label\nb\n', byName, /^file:2: a row of 1 column; expected column 1 \("label"\) in every row/],
    [
      'a position past the end',
      'tsv',
      'a\tx\n',
      { label: 2 },
      /^file:1: column 2 asked for, but the line has 2 columns; expected a position from 0 to 1/,
    ],
    ['a negative position', 'tsv', 'a\tx\n', { label: -1 }, /^file:1: column -1 asked for/],
    ['a fractional position', 'tsv', 'a\tx\n', { label: 0.5 }, /^file:1: column 0.5 asked for/],
    [
      'an unknown name',
      'csv',
      'sentence,Label\na,x\n',
      { text: 'sentense', label: 1 },
      /^file:1: no column named "sentense" \(did you mean "sentence"\?\); expected one of "sentence", "Label"/,
    ],
    ['a name in another case', 'csv', 'text,Label\na,x\n', byName, /did you mean "Label"\?/],
    ['a name twice', 'csv', 'text,label,text\na,x,b\n', byName, /^file:1: two columns named "text"/],
    ['a name without a header', 'tsv', 'a\tx\n', { label: 'label', header: false }, /^file: header: false with the column name "label"/],
    ['one column for both', 'tsv', 'a\tx\n', { label: 0 }, /^file: the same column \(0\) for text and label/],
    [
      'one column for both, by name and position',
      'tsv',
      'text\tx\na\ty\n',
      { text: 'text', label: 0 },
      /^file: the same column \("text"\)/,
    ],
    ['too many cells', 'tsv', 'a\tx\nb\ty\tz\n', {}, /^file:2: 3 columns; expected 2 as in the first line/],
    ['an empty line inside', 'tsv', 'a\tx\n\nb\ty\n', {}, /^file:2: an empty line/],
    ['an empty line inside', 'csv', 'a,x\n\nb,y\n', {}, /^file:2: an empty line/],
    ['an empty text', 'tsv', 'a\tx\n \ty\n', {}, /^file:2: an empty text \(column 0\)/],
    ['an empty label', 'csv', 'text,label\na,x\nb,\n', byName, /^file:3: an empty label \(column "label"\)/],
    ['bytes that are not UTF-8', 'tsv', Uint8Array.of(97, 9, 120, 10, 0xe4, 9, 120, 10, 0xff), {}, /^file:2: bytes that are not UTF-8/],
    ['a UTF-8 sequence cut off at the end', 'csv', Uint8Array.of(97, 44, 120, 10, 98, 44, 0xc3), {}, /^file:2: bytes that are not UTF-8/],
    ['UTF-16 without a byte order mark', 'tsv', Buffer.from('a\tx\n', 'utf16le'), {}, /^file:1: a NUL byte/],
    [
      'an unknown extension',
      'orc',
      'a\tx\n',
      {},
      /^file: the extension .orc; expected .tsv, .txt, .csv, .jsonl, .ndjson, .json, .parquet, .arrow, .feather, or a format/,
    ],
  ])('refuses %s (%s)', (_, extension, content, source, message) => {
    expect(errorOf(() => read(extension, content, source))).toMatch(message)
  })

  it('reads any extension when told the format', () => {
    expect(read('data', 'a,x\n', { format: 'csv' }).texts).toEqual(['a'])
  })

  it('refuses a file over the limit, with both sizes', () => {
    const content = 'a\tx\n'.repeat(524_288)
    expect(errorOf(() => read('tsv', content, {}, { maximumBytes: 1024 * 1024 }))).toBe(
      'file: a file of 2 MiB; expected at most 1 MiB (split or sample it)',
    )
    expect(read('tsv', content, {}, { maximumBytes: content.length }).texts).toHaveLength(524_288)
  })

  it('refuses a missing file, a directory and a path that can not be one', () => {
    const at = (path: string) => errorOf(() => readExamples({ path, text: 0, label: 1 }))
    expect(at(join(folder, 'no.tsv'))).toMatch(/no\.tsv: no such file; expected/)
    mkdirSync(join(folder, 'folder.tsv'))
    expect(at(join(folder, 'folder.tsv'))).toMatch(/folder\.tsv: no files; expected a folder/)
    expect(at(join(folder, 'a\0b.tsv'))).toMatch(/a file that can't be read/)
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('refuses a file without read permission (root may read all)', () => {
    const path = join(folder, 'secret.tsv')
    writeFileSync(path, 'a\tx\n')
    chmodSync(path, 0)
    expect(errorOf(() => readExamples({ path, text: 0, label: 1 }))).toMatch(/no permission/)
  })
})
