/** Turns a scenario's data into token rows: a private set for every phone, the cloud's public set, the test set. */
import { InputError } from '#shared/errors/input-error.ts'
import type { DataReport, SessionData } from '#shared/events/data-report.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { type ClassHead, type Classes, classesOf } from '#main/data/classes.ts'
import { type ClassedTable, classify } from '#main/data/classify.ts'
import type { ExampleSource, ExampleTable } from '#main/data/examples.ts'
import { withMappedLabels } from '#main/data/mapped-labels.ts'
import { partition } from '#main/data/partition.ts'
import { publicExamples } from '#main/data/public-examples.ts'
import { readExamples } from '#main/data/read-table.ts'
import { holdOut, limitRows, splitPublic } from '#main/data/splits.ts'
import { rowGroups } from '#main/data/row-groups.ts'
import { type PackedExamples, packExamples } from '#main/training/packed-examples.ts'
import type { TaskRows, TaskTokens } from './task-rows.ts'

export interface PreparedData {
  /** The names of the classes in index order. */
  readonly labels: readonly string[]
  /** The private sets, one per phone. */
  readonly phones: readonly PackedExamples[]
  readonly public: PackedExamples
  readonly test: PackedExamples
  readonly rows: { readonly train: number; readonly public: number; readonly test: number }
  /** The decisions about columns, classes and rows. */
  readonly report: SessionData
}

/** Training rows that can be used, in classes where there are any. */
interface LabelledTable {
  readonly table: ExampleTable
  /** Class names in index order, or names of the groups of public rows. */
  readonly labels: readonly string[]
  /** The classes that words stand for; null where rows have no labels. */
  readonly classes: Classes | null
  /** Class index of each row of `table`, shape [rows]. */
  readonly indices: Int32Array
  readonly report: DataReport
}

/** The training rows. @param head what the checkpoint says of its classes @throws InputError naming the file and the line */
export function trainingTable({ data }: Pick<Scenario, 'data'>, head: ClassHead): LabelledTable {
  const table = readExamples(data.train)
  if (data.train.label === null) {
    const labels = Array.from({ length: data.public.groups.count }, (_, group) => `group ${group + 1}`)
    return { table, labels, classes: null, indices: new Int32Array(table.texts.length), report: reportOf(table) }
  }
  const classes = classesOf(head, table, { given: data.classes, onBadRow: data.train.onBadRow })
  const classed = classify(table, classes, data.train.onBadRow)
  return { table: classed.table, labels: classes.labels, classes, indices: classed.indices, report: reportOf(table, classed) }
}

/** Reports on a table; columns of the built-in corpus are not reported, since nobody chose them. */
export function reportOf(table: ExampleTable, classed?: Pick<ClassedTable, 'counts' | 'skipped'>): DataReport {
  return {
    ...(table.columns ? { columns: table.columns } : {}),
    ...(classed ? { classes: classed.counts } : {}),
    skipped: classed?.skipped ?? table.skipped ?? [],
  }
}

/** Rows after which it tells that it goes on. */
const STEP_ROWS = 1000

/**
 * @param encode turns a row into tokens
 * @param at called again and again with the file whose rows are being encoded @throws InputError naming the file and the line
 */
export async function prepareData(
  scenario: Scenario,
  phones: number,
  { table, labels, classes, indices: allLabels, report }: LabelledTable,
  encode: TaskRows['encode'],
  at: (file: string) => void = () => {},
): Promise<PreparedData> {
  const { data, seed, evaluation } = scenario
  const { maxLength } = scenario.model
  const cut = new Map<ExampleTable, { rows: number; of: number }>()
  const pack = async (
    from: ExampleTable,
    rows: readonly number[] | Int32Array,
    indexOf: (row: number, i: number) => number,
  ): Promise<PackedExamples> => {
    const counted = cut.get(from) ?? { rows: 0, of: 0 }
    cut.set(from, counted)
    const tokens = await rowTokens(from, rows, encode, at)
    counted.of += tokens.length
    counted.rows += tokens.filter((row) => row.cut).length
    return packExamples(tokens.map((row, i) => ({ ...row, label: indexOf(rows[i]!, i) })))
  }

  const available = limitRows(table.texts.length, data.trainRows, seed)
  const held = data.test ? null : holdOut(available.length, data.testShare, seed)
  const trainRows = held ? held.trainRows.map((i) => available[i]!) : available
  const trainLabels = trainRows.map((row) => allLabels[row]!)

  // The same rows are private whatever the cloud gets, so that its conditions can be compared.
  const { privateRows, publicRows: keptRows } = splitPublic(trainRows.length, data.public.share, seed)
  const sets = partition(
    privateRows.map((i) => trainLabels[i]!),
    phones,
    data.partition,
    seed,
    1,
    table.origins && privateRows.map((i) => table.origins![trainRows[i]!]!),
  )
  const packed: PackedExamples[] = []
  for (const set of sets) {
    const rows = set.map((i) => trainRows[privateRows[i]!]!)
    packed.push(await pack(table, rows, (row) => allLabels[row]!))
  }

  const apart = data.public.source ? publicSource(data.public, data.public.source, classes) : null
  const { table: publicTable, indices: publicLabels } = apart ?? { table, indices: allLabels }
  const chosen = publicExamples({
    pool: data.public.source ? Int32Array.from(publicTable.texts.keys()) : keptRows.map((i) => trainRows[i]!),
    labels: publicLabels,
    classes: labels.length,
    rows: data.public.rows,
    condition: data.public.condition,
    noise: data.public.noise,
    seed,
  })
  const believed = await pack(publicTable, chosen.rows, (_, i) => chosen.labels[i]!)
  const publicSet = classes ? believed : { ...believed, labels: rowGroups(rowsIn(believed), data.public.groups, seed) }

  const own = data.test ? testSet(data.test, classes) : null
  const { table: testTable, indices: testLabels } = own ?? { table, indices: allLabels }
  const candidates = held ? held.testRows.map((i) => available[i]!) : limitRows(testTable.texts.length, undefined, seed)
  const limit = Math.min(data.testRows ?? Infinity, evaluation.rows ?? Infinity)
  const testRows = limitRows(candidates.length, Number.isFinite(limit) ? limit : undefined, seed).map((i) => candidates[i]!)
  if (testRows.length === 0) throw new InputError('data.testShare', `${data.testShare} of ${available.length} rows is no row`, 'a test set')
  const test = await pack(testTable, testRows, (row) => testLabels[row]!)
  return {
    labels,
    phones: packed,
    public: publicSet,
    test,
    rows: { train: privateRows.length, public: chosen.rows.length, test: testRows.length },
    report: {
      train: { ...report, cut: { ...cut.get(table)!, tokens: maxLength } },
      ...(own ? { test: { ...own.report, cut: { ...cut.get(testTable)!, tokens: maxLength } } } : {}),
      ...(apart ? { public: { ...apart.report, cut: { ...cut.get(publicTable)!, tokens: maxLength } } } : {}),
    },
  }
}

/** Rows of a table as tokens. @throws InputError for one without any, which no model can read */
export async function rowTokens(
  { texts, pairs, path, lines }: ExampleTable,
  rows: readonly number[] | Int32Array,
  encode: TaskRows['encode'],
  at: (file: string) => void,
): Promise<TaskTokens[]> {
  const tokens: TaskTokens[] = []
  for (let from = 0; from < rows.length; from += STEP_ROWS) {
    at(path)
    const some = Array.from(rows.slice(from, from + STEP_ROWS))
    tokens.push(...(await encode(some.map((row) => ({ text: texts[row]!, pair: pairs?.[row] })))))
  }
  const none = tokens.findIndex(({ ids }) => ids.length === 0)
  if (none < 0) return tokens
  throw new InputError(
    `${path}:${lines[rows[none]!] ?? rows[none]! + 1}`,
    'a text without a token',
    'texts that the tokenizer knows something of',
  )
}

function rowsIn({ ids, starts }: PackedExamples): Int32Array[] {
  return Array.from({ length: starts.length - 1 }, (_, row) => ids.subarray(starts[row]!, starts[row + 1]!))
}

/** Rows of a source, and the class index of each. */
export interface ClassedRows {
  readonly table: ExampleTable
  readonly indices: Int32Array
  readonly report: DataReport
}

/** The cloud's rows from a source of their own. Labels that are drawn need not be known. @param classes null where rows have no labels */
export function publicSource(
  { labels: map, condition }: Pick<Scenario['data']['public'], 'labels' | 'condition'>,
  source: ExampleSource,
  classes: Classes | null,
): ClassedRows {
  const read = readExamples(source)
  if (classes === null || condition === 'random') return { table: read, indices: new Int32Array(read.texts.length), report: reportOf(read) }
  return inClasses(map ? withMappedLabels(read, map, classes.labels, 'data.public.labels') : read, source, classes)
}

/** The rows of a test source. @param classes null where rows have no labels */
export function testSet(source: ExampleSource, classes: Classes | null): ClassedRows {
  const table = readExamples(source)
  if (classes === null) return { table, indices: new Int32Array(table.texts.length), report: reportOf(table) }
  return inClasses(table, source, classes)
}

function inClasses(read: ExampleTable, { onBadRow }: ExampleSource, classes: Classes): ClassedRows {
  const classed = classify(read, classes, onBadRow)
  return { table: classed.table, indices: classed.indices, report: reportOf(read, classed) }
}
