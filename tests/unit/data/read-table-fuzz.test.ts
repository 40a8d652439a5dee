import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readExamples, type ExampleSource, type ExampleTable } from '#main/data/read-table.ts'
import { InputError } from '#shared/errors/input-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-table-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'fuzz.tsv')

/** A table, or null where the reader said that the input is wrong. Any other error comes through. */
function readOrRefuse(content: string | Uint8Array, source: Omit<ExampleSource, 'path'>): ExampleTable | null {
  writeFileSync(path, content)
  try {
    return readExamples({ ...source, path })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    expect(error.where).toContain(path)
    expect(error.message).not.toContain('\n')
    return null
  }
}

const format = fc.constantFrom('tsv' as const, 'csv' as const, 'jsonl' as const)
const column = fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constantFrom('text', 'label', '', '__proto__'))
const anySource = fc.record({ format, text: column, label: column, header: fc.constantFrom(undefined, true, false) })
const sensibleSource = fc.constantFrom<Omit<ExampleSource, 'path'>>(
  { format: 'tsv', text: 0, label: 1 },
  { format: 'csv', text: 0, label: 1 },
  { format: 'csv', text: 1, label: 0, header: true },
  { format: 'jsonl', text: 'text', label: 'label' },
)
const source = fc.oneof(anySource, sensibleSource)

/** Text made of the pieces that mean something to one of the formats. */
const pieces = fc
  .array(
    fc.constantFrom(
      '\t',
      ',',
      '"',
      '\n',
      '\r\n',
      '\r',
      '\uFEFF',
      ' ',
      'text',
      'label',
      'a',
      '1',
      'ä',
      '{"text":"a","label":1}',
      '{',
      '[]',
      '\0',
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''))

/** Lines that are rows of one of the formats, or nearly. */
const nearlyRows = fc
  .tuple(
    fc.constantFrom(
      ['a\tx', '"b\ty', ' \tz'],
      ['a,x', '"b\n""c",y', 'd'],
      ['{"text":"a","label":1}', '{"label":"b","text":"c"}', '{"text":""}'],
    ),
    fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 6 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([rows, picks, end]) => picks.map((pick) => (pick === 30 ? rows[2] : rows[pick % 2]) + end).join(''))

describe('readExamples on arbitrary input', () => {
  it('gives a table with parallel columns or an InputError, never another error', () => {
    const content = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 }), pieces, nearlyRows)
    let tables = 0
    fc.assert(
      fc.property(content, source, (written, from) => {
        const table = readOrRefuse(written, from)
        if (table === null) return
        tables++
        expect(table.texts.length).toBeGreaterThan(0)
        expect(table.labels).toHaveLength(table.texts.length)
        expect(table.lines).toHaveLength(table.texts.length)
        expect(table.texts.every((text) => text.trim() !== '')).toBe(true)
        expect(table.lines.every((line, row) => line > (table.lines[row - 1] ?? 0))).toBe(true)
      }),
      { numRuns: 1500 },
    )
    expect(tables).toBeGreaterThan(20)
  })

  it('gives back what a writer of each format wrote', () => {
    const cell = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '' && !text.includes('\0'))
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
    const writers = {
      tsv: (cells: string[]) => cells.join('\t'),
      csv: (cells: string[]) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(','),
      jsonl: ([text, label]: string[]) => JSON.stringify({ text, label }),
    }
    fc.assert(
      fc.property(rows, format, fc.constantFrom('\n', '\r\n'), (written, kind, end) => {
        const plain = kind === 'tsv' ? written.map((cells) => cells.map((text) => text.replace(/[\t\n\r\uFEFF]/g, '_'))) : written
        const lines = plain.map((cells) => writers[kind](cells) + end).join('')
        const content = kind === 'jsonl' ? lines : writers[kind](['text', 'label']) + end + lines
        const table = readOrRefuse(content, { format: kind, text: 'text', label: 'label' })
        expect(table?.texts).toEqual(plain.map(([text]) => text))
        expect(table?.labels).toEqual(plain.map(([, label]) => label?.trim()))
      }),
      { numRuns: 300 },
    )
  })
})
