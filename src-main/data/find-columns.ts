/**
 * Finds the columns that hold the text and the label where the scenario doesn't name them: by their names, or because there are no others. The user
 * is asked where the choice is not plain, and shown the first row, since a wrong column gives numbers that look like results.
 */
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice, ColumnsRead, ExampleSource } from './examples.ts'
import type { RawTable } from './formats/raw-table.ts'
import { LABEL_TITLES, LIKELY_LABEL_TITLES, LIKELY_TEXT_TITLES, PAIR_TITLES, TEXT_TITLES } from './formats/titles.ts'
import { quoted } from './formats/unknown-column.ts'

const ASK = 'with the name or position of a column ("text" and "label" in a scenario)'
const PREVIEW_COLUMNS = 8
const PREVIEW_CHARACTERS = 24

/** @throws InputError that asks for a column */
export function findColumns(table: RawTable, source: ExampleSource): ColumnsRead {
  const { text, label, pair, path } = source
  const sample = table.sample()
  const look = new Look(table, sample, source)
  const texts = text === undefined ? null : [text].flat()
  const taken = [...(texts ?? []), ...(pair === undefined ? [] : [pair]), ...(label === undefined || label === null ? [] : [label])]
  const found = table.names === null ? byPosition(look, source, taken) : byName(look, source, taken)
  const all = [...found.text, ...(found.label === null ? [] : [found.label]), ...(pair === undefined ? [] : [pair])]
  const places = all.map((column) => look.place(column))
  const twice = places.find((place, i) => place >= 0 && places.indexOf(place) !== i)
  if (twice !== undefined) {
    const shown = table.names ? `"${table.names[twice]}"` : String(twice)
    throw new InputError(path, `the same column (${shown}) for text and label, or twice`, 'different columns')
  }
  const unused = look.columns.filter((column) => !places.includes(look.place(column)) && look.isText(column))
  return { ...found, ...(pair === undefined ? {} : { pair }), unused, ...(table.header === undefined ? {} : { header: table.header }) }
}

type Found = Pick<ColumnsRead, 'text' | 'label'>

function byName(look: Look, source: ExampleSource, taken: readonly ColumnChoice[]): Found {
  const { text, label, pair } = source
  const free = (titles: readonly string[]): string[] =>
    titles.flatMap((title) => look.columns.filter((name) => String(name).toLowerCase() === title && !look.isTaken(name, taken))).map(String)
  const texts = text === undefined ? null : [text].flat()
  const labelFound = label === undefined ? (free(LABEL_TITLES)[0] ?? only(free(LIKELY_LABEL_TITLES))) : label
  const labelTaken = typeof labelFound === 'string' && label === undefined ? [...taken, labelFound] : taken
  const textFound = texts ?? look.textTitled(labelTaken, pair !== undefined)

  // If only one of two columns is known, the other one has the other role.
  const named = look.columns.filter((name) => String(name) !== '')
  const other = (than: readonly ColumnChoice[]): ColumnChoice | undefined => {
    const rest = named.filter((name) => !look.isTaken(name, than))
    return named.length === 2 && rest.length === 1 ? rest[0] : undefined
  }
  const textIs = textFound ?? (labelFound === undefined ? null : asList(other([...taken, ...(labelFound === null ? [] : [labelFound])])))
  const labelIs = labelFound === undefined && textIs !== null ? other([...taken, ...textIs]) : labelFound
  if (textIs !== null && labelIs !== undefined) return { text: textIs, label: labelIs }
  if (label === null) {
    const onlyText = only(look.columns.filter((column) => look.isText(column)))
    if (onlyText !== undefined) return { text: [onlyText], label }
  }
  throw textIs === null ? look.missing('text', TEXT_TITLES) : look.missing('label', LABEL_TITLES)
}

function byPosition(look: Look, { text, label, path }: ExampleSource, taken: readonly ColumnChoice[]): Found {
  const { width } = look
  if (text !== undefined && label !== undefined) return { text: [text].flat(), label }
  const rest = look.columns.filter((column) => !look.isTaken(column, taken))
  if (label === null && rest.length === 1) return { text: rest, label }
  if (label === null && width > 0) {
    const onlyText = only(rest.filter((column) => look.isText(column)))
    if (onlyText !== undefined) return { text: [onlyText], label }
  }
  if (width === 2 && label !== null) {
    if (text !== undefined && rest.length === 1) return { text: [text].flat(), label: rest[0]! }
    if (label !== undefined && rest.length === 1) return { text: rest, label }
    // The label first, as in SMS Spam: words on the right, and the same few words on the left.
    if (text === undefined && label === undefined) return look.labelFirst() ? { text: [1], label: 0 } : { text: [0], label: 1 }
  }
  const missing = [text === undefined ? '--text' : '', label === undefined ? '--label' : ''].filter(Boolean).join(' and ')
  const columns = `${width} column${width === 1 ? '' : 's'} without a header`
  if (width === 1 && label !== null) {
    const separator = look.otherSeparator()
    const wider = look.widerBelow()
    const meant =
      separator !== undefined
        ? `--delimiter "${separator === '\t' ? '\\t' : separator}" where that separates them`
        : wider > width
          ? `rows below have ${wider} columns: does the table begin further down?`
          : 'is the separator another one?'
    throw new InputError(path, `${columns}${look.preview()}`, `a text and a label in every row (${meant})`)
  }
  throw new InputError(path, `${columns}${look.preview()}`, `${missing} ${ASK}`)
}

function asList<T>(value: T | undefined): T[] | null {
  return value === undefined ? null : [value]
}

function only<T>(values: readonly T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined
}

/** Columns with their first values, on which the choice is based. */
class Look {
  readonly columns: readonly ColumnChoice[]
  readonly width: number
  private readonly names: readonly string[] | null
  private readonly sample: readonly (readonly unknown[])[]
  private readonly path: string
  private readonly separator: string

  constructor({ names, width }: RawTable, sample: readonly (readonly unknown[])[], { path, format, delimiter }: ExampleSource) {
    this.names = names
    this.width = width
    this.columns = names ?? Array.from({ length: width }, (_, at) => at)
    this.sample = sample
    this.path = path
    this.separator = delimiter ?? (format === 'csv' ? ',' : '\t')
  }

  place(column: ColumnChoice): number {
    return typeof column === 'number' ? column : (this.names?.indexOf(column) ?? -1)
  }

  isTaken(column: ColumnChoice, taken: readonly ColumnChoice[]): boolean {
    return taken.some((other) => this.place(other) === this.place(column))
  }

  /** True if most values of the column have several words. */
  isText(column: ColumnChoice): boolean {
    const words = this.values(column).filter((value) => typeof value === 'string' || Array.isArray(value))
    return words.length > 0 && 2 * words.filter((value) => /\S\s+\S/.test(String(value))).length >= words.length
  }

  /** The column that is called a text; two that belong together are asked about. */
  textTitled(taken: readonly ColumnChoice[], paired: boolean): ColumnChoice[] | null {
    const named = (title: string): ColumnChoice | undefined =>
      this.columns.find((name) => String(name).toLowerCase() === title.toLowerCase() && !this.isTaken(name, taken))
    const both = PAIR_TITLES.map((titles) => titles.map(named)).find((pair) =>
      pair.every((name) => name !== undefined && this.filled(name)),
    )
    if (both && named('text') === undefined && !paired) {
      const [first, second] = both
      throw new InputError(
        this.path,
        `two columns of texts, "${first}" and "${second}"${this.preview()}`,
        `--text ${first} --pair ${second} ("text" and "pair" in a scenario), or --text alone for one of them`,
      )
    }
    const there = (titles: readonly string[]): ColumnChoice[] =>
      titles.map(named).filter((name) => name !== undefined && this.filled(name)) as ColumnChoice[]
    const first = there([...TEXT_TITLES, ...PAIR_TITLES.flat()])[0] ?? only(there(LIKELY_TEXT_TITLES))
    return first === undefined ? null : [first]
  }

  /** Two columns: few different single words on the left, several words on the right. */
  labelFirst(): boolean {
    const [left, right] = [this.values(0), this.values(1)].map((values) => values.map(String))
    if (left!.length === 0) return false
    return (
      left!.every((value) => !/\s/.test(value.trim())) && !this.isText(0) && this.isText(1) && new Set(left).size <= new Set(right).size
    )
  }

  /** The largest number of cells in a row. */
  widerBelow(): number {
    return this.sample.reduce((most, { length }) => Math.max(most, length), 0)
  }

  /** Suggests another separator where every row was read as one cell. */
  otherSeparator(): string | undefined {
    // A text may contain the separator that was tried; joined with it, such rows are whole again.
    const rows = this.sample.map((row) => row.join(this.separator))
    return [';', '|', '\t', ','].find((one) => one !== this.separator && rows.length > 0 && rows.every((row) => row.includes(one)))
  }

  missing(what: 'text' | 'label', titles: readonly string[]): InputError {
    const found = `no ${what} column among ${quoted(this.columns.map(String))}${this.preview()}`
    return new InputError(this.path, found, `one called ${titles.slice(0, 6).join(', ')}, or --text and --label ${ASK}`)
  }

  /** The first row, cell by cell, shortened. */
  preview(): string {
    const [row] = this.sample
    if (row === undefined) return ''
    const cells = row.slice(0, PREVIEW_COLUMNS).map((cell, at) => {
      const text = (
        typeof cell === 'string'
          ? cell
          : (JSON.stringify(cell, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)) ?? '')
      ).trim()
      return `${this.names ? this.names[at] : at}: ${text.length > PREVIEW_CHARACTERS ? `${text.slice(0, PREVIEW_CHARACTERS - 1)}…` : text}`
    })
    return `; the first row is ${cells.join(' | ')}${row.length > PREVIEW_COLUMNS ? ' | …' : ''}`
  }

  private values(column: ColumnChoice): unknown[] {
    const place = this.place(column)
    return this.sample.map((row) => row[place]).filter((value) => value !== null && value !== undefined && value !== '')
  }

  private filled(column: ColumnChoice): boolean {
    return this.sample.length === 0 || this.values(column).length > 0
  }
}
