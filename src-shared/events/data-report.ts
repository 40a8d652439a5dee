/** Reports the decisions about data that are made before anything is computed: columns, classes with their rows, rows left out and rows cut. */

type Column = string | number

export interface ColumnsReport {
  readonly text: readonly Column[]
  readonly label: Column | null
  readonly pair?: Column | undefined
  /** The columns that look like texts but are not read. */
  readonly unused: readonly Column[]
  /** True if the first line names the columns; absent where the format has names of its own. */
  readonly header?: boolean | undefined
}

interface ClassReport {
  readonly label: string
  readonly index: number
  readonly rows: number
  /** The words that stand for the class in the data, if they differ from `label`. */
  readonly words: readonly string[]
}

interface SkippedReport {
  readonly why: string
  readonly rows: number
  /** The line of the first such row. */
  readonly line: number
}

/** The report of one table, be it of a session or the one that a checkpoint is measured on. */
export interface DataReport {
  readonly columns?: ColumnsReport | undefined
  /** Absent where rows have no classes. */
  readonly classes?: readonly ClassReport[] | undefined
  readonly skipped: readonly SkippedReport[]
  /** The rows longer than the most tokens that a row may have, whose ends are not read; absent where they were not counted. */
  readonly cut?: { readonly rows: number; readonly of: number; readonly tokens: number } | undefined
}

/** The reports of a session's tables. */
export interface SessionData {
  readonly train: DataReport
  /** Absent where test rows are held out of the training rows. */
  readonly test?: DataReport | undefined
  /** Absent where the cloud's rows are a part of the training rows. */
  readonly public?: DataReport | undefined
}

const MOST_CLASSES = 20
const MOST_REASONS = 8

/** Describes a table in lines for a person. */
export function describeData({ columns, classes, skipped, cut }: DataReport): string[] {
  return [
    ...(columns ? [columnsLine(columns)] : []),
    ...(columns?.unused ?? []).map((column) => `not used: the texts of column ${named(column)} (as second texts: --pair ${column})`),
    ...(classes ? [classesLine(classes)] : []),
    ...skipped.slice(0, MOST_REASONS).map(({ why, rows, line }) => `left out: ${counted(rows)} with ${why} (the first at line ${line})`),
    ...(skipped.length > MOST_REASONS ? [`left out: ${counted(sum(skipped.slice(MOST_REASONS)))} for other reasons`] : []),
    ...(cut && cut.rows > 0 ? [`cut: ${cut.rows} of ${counted(cut.of)} to ${cut.tokens} tokens`] : []),
  ]
}

function columnsLine({ text, label, pair, header }: ColumnsReport): string {
  const parts = [`text ${text.map(named).join(' and ')}`]
  if (pair !== undefined) parts.push(`second text ${named(pair)}`)
  if (label !== null) parts.push(`label ${named(label)}`)
  const first = header === undefined ? '' : header ? ' (named by line 1)' : ' (line 1 is a row)'
  return `columns: ${parts.join(', ')}${first}`
}

function classesLine(classes: readonly ClassReport[]): string {
  const shown = classes.slice(0, MOST_CLASSES).map(({ label, index, rows, words }) => {
    const written = words.length === 0 ? '' : `, written ${words.slice(0, 4).map(named).join(', ')}${words.length > 4 ? ', …' : ''}`
    return `${index} ${named(label)} (${counted(rows)}${written})`
  })
  return `classes: ${shown.join(', ')}${classes.length > MOST_CLASSES ? `, … (${classes.length} in all)` : ''}`
}

function named(column: Column): string {
  return typeof column === 'string' ? `"${column}"` : String(column)
}

function counted(rows: number): string {
  return `${rows} row${rows === 1 ? '' : 's'}`
}

function sum(reasons: readonly SkippedReport[]): number {
  return reasons.reduce((total, { rows }) => total + rows, 0)
}
