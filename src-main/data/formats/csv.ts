/** Records separated by commas (or another character), with quotes as in RFC 4180; a quoted cell may hold line breaks. */
import { CsvError, parse } from 'csv-parse/sync'
import { InputError } from '#shared/errors/input-error.ts'
import type { TableRecord } from './records.ts'

const QUOTE_ERRORS = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quoted cell that never ends'],
  ['INVALID_OPENING_QUOTE', 'a quote inside a cell that is not quoted'],
  ['CSV_INVALID_CLOSING_QUOTE', 'text after the closing quote of a cell'],
])

const QUOTED = 'quotes around a whole cell, and "" for a quote in it, or --no-quoted ("quoted": false in a scenario) where quotes are text'

/** Records with the line each starts at; empty records at the end are left out. */
export function csvRecords(bytes: Uint8Array, path: string, delimiter = ','): TableRecord[] {
  const records: TableRecord[] = []
  // csv-parse's own line count takes a CRLF inside quotes for two lines.
  let line = 1
  const onRecord = (cells: string[]): null => {
    records.push({ cells, line })
    line += 1 + cells.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0)
    return null
  }
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    parse(buffer, { on_record: onRecord, relax_column_count: true, record_delimiter: ['\r\n', '\n'], delimiter })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const found = QUOTE_ERRORS.get(error.code) ?? error.message
    const other = otherDelimiter(bytes, delimiter)
    const expected = other === undefined ? QUOTED : `cells between "${delimiter}", or --delimiter "${other}" where that separates them`
    throw new InputError(`${path}:${line}`, found, expected, { cause: error })
  }
  while (isEmpty(records.at(-1))) records.pop()
  return records
}

/** Finds another delimiter that line 1 uses. */
function otherDelimiter(bytes: Uint8Array, delimiter: string): string | undefined {
  const end = bytes.indexOf(10)
  const first = Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8')
  if (first.includes(delimiter)) return undefined
  const other = [';', '|', '\t', ','].find((one) => first.includes(one))
  return other === '\t' ? '\\t' : other
}

function isEmpty(record: TableRecord | undefined): boolean {
  return record !== undefined && record.cells.length === 1 && record.cells[0] === ''
}
