/** Labelled texts as the rest of the lab sees them: where they come from, and what a reader returns. */

/** A file or folder of examples in a scenario. Columns are names, or positions counted from 0. */
export interface ExampleSource {
  /** Absolute path of the file or folder, or a path of the built-in corpus such as `builtin:topic/train?rows=4000`. */
  readonly path: string
  readonly text: string | number
  /** null: rows have none. */
  readonly label: string | number | null
  /** Column of a second text. @default rows are single texts */
  readonly pair?: string | number | undefined
  /** Of a folder, only the files of this split, named as Hugging Face's datasets name them. @default all of them */
  readonly split?: string | undefined
  /** Whether line 1 names the columns (tsv, csv). @default true when a column is given by name, or when line 1 has the word
   * label, labels, class, category or target for a label; else false */
  readonly header?: boolean | undefined
  /** @default by the file's extension */
  readonly format?: TableFormat | undefined
}

export type TableFormat = 'tsv' | 'csv' | 'jsonl' | 'parquet'

/** Parallel arrays: row i is `texts[i]` with the label word `labels[i]`, written at line `lines[i]` (from 1). */
export interface ExampleTable {
  readonly path: string
  readonly texts: string[]
  /** Second texts, where the source has them. */
  readonly pairs?: string[]
  /** Of a folder: its files, and the index in them of each row's. */
  readonly files?: readonly string[]
  readonly origins?: number[]
  /** Label words as written, without surrounding white space; empty where the source has none. */
  readonly labels: string[]
  readonly lines: number[]
}
