/** Tab-separated records, split at tabs alone: a quotation mark is text, as in GLUE's files. */
import { textLines } from '../text-bytes.ts'
import type { TableRecord } from './record-cells.ts'

export function* tsvRecords(bytes: Uint8Array): Generator<TableRecord> {
  for (const { text, line } of textLines(bytes)) yield { cells: text.split('\t'), line }
}
