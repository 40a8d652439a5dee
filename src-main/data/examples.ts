/** Labelled texts as the rest of the lab sees them: where they come from, and what a reader returns. */

/** A column's name, or its position counted from 0. */
export type ColumnChoice = string | number

/** A file or folder of examples in a scenario. */
export interface ExampleSource {
  /** Absolute path of the file or folder, or a path of the built-in corpus such as `builtin:topic/train?rows=4000`. */
  readonly path: string
  /** Several columns are joined with a space between. @default found by the names of the columns, else asked for */
  readonly text?: ColumnChoice | readonly ColumnChoice[] | undefined
  /** null: rows have none. @default found by the names of the columns, else asked for */
  readonly label?: ColumnChoice | null | undefined
  /** Column of a second text. @default rows are single texts */
  readonly pair?: ColumnChoice | undefined
  /** Reads only the files of this split of a folder, named as Hugging Face's datasets name them. @default all of them */
  readonly split?: string | undefined
  /** True if line 1 names the columns (tsv, csv). @default found out by comparing line 1 with the lines below it */
  readonly header?: boolean | undefined
  /** The format of the file. @default chosen by the file's extension */
  readonly format?: TableFormat | undefined
  /** The encoding of a text file. @default UTF-8, or what a byte order mark says */
  readonly encoding?: string | undefined
  /** True if quotation marks enclose cells. @default true for csv, false for tsv */
  readonly quoted?: boolean | undefined
  /** The character between cells. @default a comma in csv, a tab in tsv */
  readonly delimiter?: string | undefined
  /** How to treat a row that can't be used. @default refuse */
  readonly onBadRow?: OnBadRow | undefined
}

export type TableFormat = 'tsv' | 'csv' | 'jsonl' | 'json' | 'parquet' | 'arrow'

/** `refuse`: the first bad row ends the reading with its line and what is wrong; `skip`: all bad rows are left out and counted. */
export type OnBadRow = 'refuse' | 'skip'

/** The rows that were left out for one reason. */
export interface SkippedRows {
  /** The reason as a short phrase. */
  readonly why: string
  readonly rows: number
  /** The line of the first such row. */
  readonly line: number
}

/** Names (or positions) of the columns that were read. */
export interface ColumnsRead {
  readonly text: readonly ColumnChoice[]
  readonly label: ColumnChoice | null
  readonly pair?: ColumnChoice | undefined
  /** Columns that look like texts and were not read. */
  readonly unused: readonly ColumnChoice[]
  /** True if the first line named the columns; absent where the format has names of its own. */
  readonly header?: boolean | undefined
}

/** Parallel arrays: row i is `texts[i]` with the label word `labels[i]`, written at line `lines[i]` (from 1). */
export interface ExampleTable {
  readonly path: string
  readonly texts: string[]
  /** Second texts, where the source has them. */
  readonly pairs?: string[]
  /** The files of a folder, and for each row the index of its file. */
  readonly files?: readonly string[]
  readonly origins?: number[]
  /** Label words as written, without surrounding white space; empty where the source has none. */
  readonly labels: string[]
  readonly lines: number[]
  /** Names of the classes in the order of their numbers, where the source says them. */
  readonly classNames?: readonly string[]
  readonly columns?: ColumnsRead
  /** Rows that were left out because `onBadRow` is skip. */
  readonly skipped?: readonly SkippedRows[]
}

/** `table` with only the rows at the given positions. */
export function pickRows(table: ExampleTable, rows: readonly number[]): ExampleTable {
  const of = <T>(values: readonly T[]): T[] => rows.map((row) => values[row]!)
  return {
    ...table,
    texts: of(table.texts),
    labels: of(table.labels),
    lines: of(table.lines),
    ...(table.pairs ? { pairs: of(table.pairs) } : {}),
    ...(table.origins ? { origins: of(table.origins) } : {}),
  }
}

/** Counts rows that are left out, by reason. */
export class SkipCounter {
  private readonly reasons = new Map<string, { rows: number; line: number }>()

  constructor(before: readonly SkippedRows[] = []) {
    for (const { why, rows, line } of before) this.reasons.set(why, { rows, line })
  }

  add(why: string, line: number, rows = 1): void {
    const known = this.reasons.get(why)
    if (known) known.rows += rows
    else this.reasons.set(why, { rows, line })
  }

  get all(): SkippedRows[] {
    return [...this.reasons].map(([why, counted]) => ({ why, ...counted }))
  }
}
