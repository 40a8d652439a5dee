/** Records split at tabs alone: a quotation mark is text, as in GLUE's files. */
import { textLines } from '../text-bytes.ts'
import type { TableRecord } from './records.ts'

/** @param delimiter what separates cells @default a tab */
export function* tsvRecords(bytes: Uint8Array, delimiter = '\t'): Generator<TableRecord> {
  for (const { text, line } of textLines(bytes)) yield { cells: text.split(delimiter), line }
}
