import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { encodingName } from '#main/data/encodings.ts'
import { readExamples } from '#main/data/read-table.ts'
import { TestFiles, refusal } from './files.ts'

const files = new TestFiles()
afterAll(() => files.remove())

const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
/** Typographic quotes and the euro sign as Windows has them. */
const windows = (text: string): Buffer =>
  Buffer.from(text.replaceAll('\u2019', '\x92').replaceAll('\u20ac', '\x80').replaceAll('\u201c', '\x93'), 'latin1')
const rows = (text: string): string => `text,label\nplain words,x\n${text},y\n`

const read: [what: string, bytes: Uint8Array, encoding: string | undefined, text: string][] = [
  ['a UTF-8 byte order mark', Buffer.from(`\uFEFF${rows('zoë')}`), undefined, 'zoë'],
  ['UTF-16 of Excel', Buffer.from(`\uFEFF${rows('zoë')}`, 'utf16le'), undefined, 'zoë'],
  ['UTF-16 big endian with a mark', bigEndian(`\uFEFF${rows('zoë')}`), undefined, 'zoë'],
  ['UTF-16 with a mark, asked for', bigEndian(`\uFEFF${rows('zoë')}`), 'utf-16', 'zoë'],
  ['UTF-16 without a mark, asked for', Buffer.from(rows('zoë'), 'utf16le'), 'UTF-16LE', 'zoë'],
  ['UTF-16 big endian without a mark, asked for', bigEndian(rows('zoë')), 'utf_16_be', 'zoë'],
  ['Latin-1', latin(rows('café')), 'latin-1', 'café'],
  ["Latin-1 by Python's name", latin(rows('café')), 'iso8859_1', 'café'],
  ['Windows-1252', windows(rows('it\u2019s 5 \u20ac')), 'cp1252', 'it\u2019s 5 \u20ac'],
  [
    'Shift-JIS',
    Buffer.concat([Buffer.from('text,label\n'), Buffer.from([0x93, 0xfa, 0x96, 0x7b]), Buffer.from(',y\n')]),
    'shift_jis',
    '日本',
  ],
  [
    'Windows-1251',
    Buffer.concat([Buffer.from('text,label\n'), Buffer.from([0xec, 0xe8, 0xf0]), Buffer.from(',y\n')]),
    'windows-1251',
    'мир',
  ],
  ['carriage returns alone', Buffer.from(rows('zoë').replaceAll('\n', '\r')), undefined, 'zoë'],
  ['carriage returns before line feeds', Buffer.from(rows('zoë').replaceAll('\n', '\r\n')), undefined, 'zoë'],
  ['carriage returns alone in UTF-16', Buffer.from(`\uFEFF${rows('zoë').replaceAll('\n', '\r')}`, 'utf16le'), undefined, 'zoë'],
]

describe('a text file', () => {
  test.each(read)('in %s', (_, bytes, encoding, text) => {
    expect(readExamples({ path: files.file('a.csv', bytes), encoding }).texts.at(-1)).toBe(text)
  })

  test.each([
    [
      'Windows-1252 quotes',
      windows(rows('it\u2019s a film')),
      /a\.csv:3: bytes that are not UTF-8; the file looks like Windows-1252; .*--encoding windows-1252/,
    ],
    ['Latin-1 accents', latin(rows('café')), /a\.csv:3: .*Windows-1252/],
    [
      'UTF-16 without a mark',
      Buffer.from(rows('zoe'), 'utf16le'),
      /a\.csv:1: a NUL byte; the file looks like UTF-16LE; .*--encoding utf-16le/,
    ],
    ['UTF-16 without a mark and with letters beyond ASCII', Buffer.from(rows('zo\u00eb'), 'utf16le'), /looks like UTF-16LE/],
    ['UTF-16 big endian without a mark', bigEndian(rows('zoe')), /looks like UTF-16BE; .*--encoding utf-16be/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /a byte order mark of UTF-32/],
    ['a NUL in between', Buffer.from(rows('a\0b')), /a\.csv:3: a NUL byte \(a binary file\?\)/],
    [
      'UTF-8 with one byte of another encoding',
      Buffer.concat([Buffer.from(rows('zoë ü ö ä é è')), latin('caf\xe9,x\n')]),
      /a\.csv:4: bytes that are not UTF-8, in a file that otherwise is/,
    ],
    [
      'Windows-1251',
      Buffer.concat([
        Buffer.from('text,label\n'),
        Buffer.from([0xef, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x20, 0xec, 0xe8, 0xf0, 0x20, 0xea, 0xe0, 0xea]),
        Buffer.from(',y\n'),
      ]),
      /looks like Windows-1251/,
    ],
    [
      'Shift-JIS',
      Buffer.concat([Buffer.from('text,label\n'), Buffer.from([0x82, 0xb1, 0x82, 0xea, 0x82, 0xcd]), Buffer.from(',y\n')]),
      /looks like shift_jis/,
    ],
    ['a file cut off within a character', Buffer.from(rows('zoë')).subarray(0, -4), /a\.csv:3: bytes that are not UTF-8/],
  ])('in %s is refused with what it looks like', (_, bytes, line) => {
    expect(refusal({ path: files.file('a.csv', bytes) })).toMatch(line)
  })

  test('in an encoding that is unknown, or that it is not in, is refused', () => {
    const path = files.file('a.csv', rows('zoë'))
    expect(refusal({ path, encoding: 'utf-9' })).toMatch(/the unknown encoding "utf-9"; expected a name such as utf-8/)
    expect(refusal({ path: files.file('b.csv', `\uFEFF${rows('a')}`), encoding: 'windows-1252' })).toMatch(/a byte order mark of UTF-8/)
    expect(refusal({ path: files.file('c.csv', latin(rows('caf\xe9'))), encoding: 'utf-8' })).toMatch(/c\.csv:3: bytes that are not UTF-8/)
    expect(refusal({ path: files.file('d.csv', Buffer.from([97, 10, 0x81, 0x20])), encoding: 'shift_jis' })).toMatch(
      /bytes that are not shift_jis/,
    )
  })

  test('goes by the names of Python and of the web alike', () => {
    const names = [
      'UTF-8',
      'utf8',
      'utf_8_sig',
      'latin1',
      'Latin-1',
      'iso-8859-15',
      'cp1252',
      'cp1251',
      'gbk',
      'euc_kr',
      'sjis',
      'macintosh',
    ]
    expect(names.map(encodingName)).not.toContain(null)
  })

  test('has the same rows in every encoding that has its characters', () => {
    const cell = fc.stringMatching(/^[ -!#-+.-~\u00a1-\u00ff]{1,20}$/).filter((text) => text.trim() !== '' && !text.startsWith('\uFEFF'))
    const bytes = {
      'utf-8': (text: string) => Buffer.from(text),
      'utf-16le': (text: string) => Buffer.from(text, 'utf16le'),
      'utf-16be': bigEndian,
      'windows-1252': latin,
    }
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'), (cells, end) => {
        const text = ['text,label', ...cells.map((one, i) => `"${one}",${i % 2}`)].map((line) => line + end).join('')
        for (const [encoding, encode] of Object.entries(bytes)) {
          expect(readExamples({ path: files.file('p.csv', encode(text), 'property'), encoding }).texts).toEqual(cells)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a file that is packed', () => {
  const content = Buffer.from('{"text":"a","label":1}\n{"text":"b","label":0}\n')
  test.each([
    ['gzip', 'a.jsonl.gz', gzipSync(content)],
    ['zstd', 'a.jsonl.zst', zstdCompressSync(content)],
    ['brotli', 'a.jsonl.br', brotliCompressSync(content)],
    ['gzip under a plain name', 'a.jsonl', gzipSync(content)],
  ])('by %s is read', (_, name, bytes) => {
    expect(readExamples({ path: files.file(name, bytes) }).texts).toEqual(['a', 'b'])
  })

  test('in a way that is not read here, or damaged, is refused by its name', () => {
    expect(refusal({ path: files.file('a.csv', Buffer.from('PK\x03\x04rest', 'latin1')) })).toMatch(
      /a zip archive; expected the files in it, unpacked/,
    )
    expect(refusal({ path: files.file('a.csv.gz', gzipSync(content).subarray(0, 20)) })).toMatch(/damaged gzip/)
    expect(refusal({ path: files.file('a.csv.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])) })).toMatch(/\.xz/)
  })
})
