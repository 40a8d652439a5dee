/** Targets and scores of heads that don't choose one class of a row: a number (regression), or each class by itself (multi-label classification). */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable } from '#main/data/examples.ts'
import type { ModelConfig } from '#main/models/model-config.ts'

export type OtherProblem = 'regression' | 'multi_label_classification'

export interface Scores {
  /** Exact matches of all classes of a row; NaN of regression, which has none. */
  readonly accuracy: number
  /** Mean squared error, or mean binary cross-entropy over rows and classes, in nats. */
  readonly loss: number
  readonly pearson?: number
  readonly spearman?: number
  /** The F1 score over all pairs of a row and a class; `macroF1` is the mean of the classes' own. */
  readonly f1?: number
  readonly macroF1?: number
}

/** The targets that rows are measured against. */
export interface RowTargets {
  readonly problem: OtherProblem
  /** The numbers of the rows [rows], or 1 for each class that is theirs [rows, classes]. */
  readonly values: Float64Array
}

/** null for classes that exclude each other. */
export function otherProblem({ problem }: Pick<ModelConfig, 'problem'>): OtherProblem | null {
  return problem === 'single_label_classification' ? null : problem
}

/** Reads a number from every row. @throws InputError at the first that is none */
export function numbersOf({ path, labels, lines }: ExampleTable): Float64Array {
  return Float64Array.from(labels, (label, row) => {
    const value = label.trim() === '' ? Number.NaN : Number(label)
    if (Number.isFinite(value)) return value
    throw new InputError(`${path}:${lines[row] ?? row + 1}`, `the label ${JSON.stringify(label)}`, 'a number, for a head of regression')
  })
}

/** Reads each row's classes as flags [rows, classes]: its names or numbers between commas, semicolons or bars, or as a list in JSON. */
export function membershipsOf({ path, labels, lines }: ExampleTable, names: readonly string[]): Float64Array {
  const out = new Float64Array(labels.length * names.length)
  const whereOf = (row: number): string => `${path}:${lines[row] ?? row + 1}`
  const entries = labels.map((cell, row) => entriesOf(cell, whereOf(row)))
  const areFlags = (given: readonly string[]): boolean =>
    given.length === names.length && given.every((entry) => /^[01](\.0+)?$/.test(entry))
  // With two classes, 0,1 could be the numbers of both or a flag for each, unless all rows look like flags.
  const ambiguous = names.length <= 2 && !entries.every(areFlags)
  entries.forEach((given, row) => {
    if (areFlags(given) && !ambiguous) {
      given.forEach((entry, c) => (out[row * names.length + c] = Number(entry)))
      return
    }
    for (const entry of given) {
      const named = names.findIndex((name) => name.toLowerCase() === entry.toLowerCase())
      const c = named >= 0 ? named : /^\d+$/.test(entry) && Number(entry) < names.length ? Number(entry) : -1
      if (c < 0) throw new InputError(whereOf(row), `the label ${JSON.stringify(entry)}`, `some of ${names.join(', ')}`)
      out[row * names.length + c] = 1
    }
  })
  return out
}

function entriesOf(cell: string, where: string): string[] {
  const text = cell.trim()
  // This is how Python prints a list.
  if (/^\[\s*('[^']*'\s*(,\s*'[^']*'\s*)*)?\]$/.test(text)) return [...text.matchAll(/'([^']*)'/g)].map(([, entry]) => entry!)
  if (!text.startsWith('[')) return text === '' ? [] : text.split(/[,;|]/).map((entry) => entry.trim())
  try {
    const list = JSON.parse(text) as unknown
    if (Array.isArray(list)) return list.map(String)
  } catch {
    // The error is thrown below.
  }
  throw new InputError(where, `the label ${JSON.stringify(cell)}`, 'a list in JSON, or classes between commas')
}

/** Reads a column of yes and no: 1 or 0, true or false. @throws InputError at the first row that says neither */
export function flagsOf({ path, labels, lines }: ExampleTable, column: string): Float64Array {
  return Float64Array.from(labels, (label, row) => {
    if (/^(1(\.0+)?|true|yes)$/i.test(label.trim())) return 1
    if (/^(0(\.0+)?|false|no)$/i.test(label.trim())) return 0
    const found = `${JSON.stringify(label)} in column ${column}`
    throw new InputError(`${path}:${lines[row] ?? row + 1}`, found, '1 or 0, for a class by itself')
  })
}

/** @param outputs of the head [rows, classes] @param targets the numbers [rows], or memberships [rows, classes] */
export function scoresOf(problem: OtherProblem, outputs: Float64Array, targets: Float64Array, classes: number): Scores {
  return problem === 'regression' ? regression(outputs, targets) : multiLabel(outputs, targets, classes)
}

function regression(found: Float64Array, wanted: Float64Array): Scores {
  const squares = found.reduce((sum, value, row) => sum + (value - wanted[row]!) ** 2, 0)
  return {
    accuracy: Number.NaN,
    loss: squares / found.length,
    pearson: correlation(found, wanted),
    spearman: correlation(ranks(found), ranks(wanted)),
  }
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [first, second] = [mean(a), mean(b)]
  let [both, ofA, ofB] = [0, 0, 0]
  a.forEach((value, i) => {
    const [x, y] = [value - first, b[i]! - second]
    both += x * y
    ofA += x * x
    ofB += y * y
  })
  return both / Math.sqrt(ofA * ofB)
}

/** Places in the order of the values, those of equal ones shared. */
function ranks(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!)
  const out = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++
    for (let i = from; i <= to; i++) out[order[i]!] = (from + to) / 2
    from = to + 1
  }
  return out
}

/** A class is said to be one of the row's where its logit is above 0, a probability above a half. */
function multiLabel(logits: Float64Array, targets: Float64Array, classes: number): Scores {
  const counts = Array.from({ length: classes }, () => ({ hits: 0, wrong: 0, missed: 0 }))
  let loss = 0
  let exact = 0
  for (let row = 0; row < logits.length / classes; row++) {
    let all = true
    for (let c = 0; c < classes; c++) {
      const [z, y] = [logits[row * classes + c]!, targets[row * classes + c]!]
      // log(1 + e^z) - y z without overflow.
      loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z
      const said = z > 0
      if (said !== (y === 1)) all = false
      const count = counts[c]!
      if (said && y === 1) count.hits++
      else if (said) count.wrong++
      else if (y === 1) count.missed++
    }
    if (all) exact++
  }
  const f1 = ({ hits, wrong, missed }: (typeof counts)[number]): number => (hits === 0 ? 0 : (2 * hits) / (2 * hits + wrong + missed))
  const together = counts.reduce((a, b) => ({ hits: a.hits + b.hits, wrong: a.wrong + b.wrong, missed: a.missed + b.missed }))
  return {
    accuracy: (exact * classes) / logits.length,
    loss: loss / logits.length,
    f1: f1(together),
    macroF1: counts.reduce((sum, count) => sum + f1(count), 0) / classes,
  }
}
