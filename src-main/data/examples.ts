/** Labelled texts as the rest of the lab sees them: where they come from, and what a reader returns. */

/** A file of examples in a scenario. `text` and `label` are column names, or positions counted from 0. */
export interface ExampleSource {
  /** Absolute path of the file, or a path of the built-in corpus such as `builtin:topic/train?rows=4000`. */
  readonly path: string
  readonly text: string | number
  readonly label: string | number
  /** Whether line 1 names the columns (tsv, csv). @default true when a column is given by name, or when line 1 has the word
   * label, labels, class, category or target for a label; else false */
  readonly header?: boolean | undefined
  /** @default by the file's extension */
  readonly format?: TableFormat | undefined
}

export type TableFormat = 'tsv' | 'csv' | 'jsonl'

/** Three parallel arrays: row i is `texts[i]` with the label word `labels[i]`, written at line `lines[i]` (from 1). */
export interface ExampleTable {
  readonly path: string
  readonly texts: string[]
  /** Label words as written, without surrounding white space. */
  readonly labels: string[]
  readonly lines: number[]
}
