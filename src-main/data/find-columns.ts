/** Which columns of a table hold the text and the label, where nobody said so. */
import { extname } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { isBuiltInPath } from './corpus/built-in-path.ts'
import type { ExampleSource } from './examples.ts'
import { csvRecords } from './formats/csv.ts'
import { tsvRecords } from './formats/tsv.ts'
import { quoted } from './formats/unknown-column.ts'
import { isFolder } from './table-files.ts'
import { readTextBytes, textLines } from './text-bytes.ts'

/** Column names or positions from 0, as far as they are given. */
export interface ColumnRequest {
  /** Absolute path of a table, or a path of the built-in corpus. */
  readonly data: string
  readonly text?: string | number | undefined
  /** null: rows have none. */
  readonly label?: string | number | null | undefined
  readonly pair?: string | number | undefined
  readonly split?: string | undefined
  readonly header?: boolean | undefined
}

const MAXIMUM_BYTES = 512 * 2 ** 20
const LABEL_TITLES = ['label', 'labels', 'class', 'category', 'target']
const TEXT_TITLES = ['text', 'sentence', 'content', 'review', 'phrase', 'document', 'article', 'body', 'message']

/** Columns that the request leaves open are found by the titles of line 1 (tsv, csv) or the keys of the first row (jsonl). */
export function findColumns({ pair, split, ...request }: ColumnRequest): ExampleSource {
  const found = request.label === null ? withoutLabels(request) : textAndLabel({ ...request, label: request.label })
  return { ...found, ...(pair === undefined ? {} : { pair }), ...(split === undefined ? {} : { split }) }
}

function withoutLabels({ data: path, text, header }: ColumnRequest): ExampleSource {
  const named = ['.jsonl', '.ndjson', '.parquet'].includes(extname(path).toLowerCase())
  return { path, text: text ?? (named ? 'text' : 0), label: null, header }
}

type TextAndLabel = Omit<ColumnRequest, 'label' | 'pair' | 'split'> & { readonly label?: string | number | undefined }

function textAndLabel({ data: path, text, label, header }: TextAndLabel): ExampleSource {
  const byPosition = { path, text: text ?? (label === 0 ? 1 : 0), label: label ?? (text === 1 ? 0 : 1), header }
  if (extname(path).toLowerCase() === '.parquet' || isFolder(path)) return { ...byPosition, text: text ?? 'text', label: label ?? 'label' }
  if (isBuiltInPath(path) || header === false || (text !== undefined && label !== undefined)) return byPosition
  const keyed = ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase())
  const names = firstCells(path).map((name) => name.trim())
  const titles = names.map((name) => name.toLowerCase())

  const given = (column: string | number | undefined): number => (typeof column === 'string' ? names.indexOf(column) : (column ?? -1))
  const titled = (known: readonly string[], taken: number): number =>
    known.map((title) => titles.findIndex((found, i) => found === title && i !== taken)).find((i) => i >= 0) ?? -1
  const labelFirst = label === undefined ? titled(LABEL_TITLES, given(text)) : given(label)
  const textFirst = text === undefined ? titled(TEXT_TITLES, labelFirst) : given(text)
  const isHeader = keyed || header === true || typeof (text ?? label) === 'string' || LABEL_TITLES.includes(titles[labelFirst] ?? '')
  // A name that isn't there is the reader's to report.
  if (!isHeader || (text !== undefined && textFirst < 0) || (label !== undefined && labelFirst < 0)) return byPosition
  if (!keyed && textFirst < 0 && labelFirst < 0) return byPosition

  const otherThan = (column: number): number => (names.length === 2 && (column === 0 || column === 1) ? 1 - column : -1)
  const column = (what: string, found: number, other: number, known: readonly string[]): string | number => {
    const at = found >= 0 ? found : otherThan(other)
    if (at >= 0) return keyed ? names[at]! : at
    throw new InputError(path, `no ${what} column among ${quoted(names)}`, `one called ${known.join(', ')}, or --${what} with its name`)
  }
  return {
    path,
    text: text ?? column('text', textFirst, labelFirst, TEXT_TITLES),
    label: label ?? column('label', labelFirst, textFirst, LABEL_TITLES),
    header: keyed ? undefined : true,
  }
}

/** Cells of the first record, or keys of the first object; none where that can't be read. */
function firstCells(path: string): readonly string[] {
  const bytes = readTextBytes(path, MAXIMUM_BYTES)
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return csvRecords(bytes, path)[0]?.cells ?? []
    case '.jsonl':
    case '.ndjson':
      try {
        return Object.keys(JSON.parse(textLines(bytes).next().value?.text ?? '') as object)
      } catch {
        return []
      }
    default: {
      const [first] = tsvRecords(bytes)
      return first?.cells ?? []
    }
  }
}
