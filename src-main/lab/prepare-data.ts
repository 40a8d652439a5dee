/** Turns a scenario's data into token rows: a private set for every phone, the cloud's public set, the test set. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { ExampleSource, ExampleTable } from '#main/data/examples.ts'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import { withMappedLabels } from '#main/data/mapped-labels.ts'
import { partition } from '#main/data/partition.ts'
import { publicExamples } from '#main/data/public-examples.ts'
import { readExamples } from '#main/data/read-table.ts'
import { holdOut, limitRows, splitPublic } from '#main/data/splits.ts'
import { rowGroups } from '#main/data/row-groups.ts'
import type { RowTokens } from '#main/models/tokenizer/tokenizer.ts'
import { type PackedExamples, packExamples } from '#main/workers/commands.ts'
import type { TaskRows } from './task-rows.ts'

export interface PreparedData {
  /** Class names in index order. */
  readonly labels: readonly string[]
  /** One private set per phone. */
  readonly phones: readonly PackedExamples[]
  readonly public: PackedExamples
  readonly test: PackedExamples
  readonly rows: { readonly train: number; readonly public: number; readonly test: number }
}

/** Rows as they come: what they say, in classes where there are any. */
export interface LabelledTable {
  readonly table: ExampleTable
  /** Class names in index order, or names of the groups of public rows. */
  readonly labels: readonly string[]
}

/** The training rows. @param id2label the checkpoint's own class names @throws InputError naming the file and the line */
export function trainingTable({ data }: Pick<Scenario, 'data'>, id2label: readonly string[] | null): LabelledTable {
  const table = readExamples(data.train)
  if (data.train.label !== null) return { table, labels: labelSet(id2label, [table]) }
  return { table, labels: Array.from({ length: data.public.groups.count }, (_, group) => `group ${group + 1}`) }
}

/** Rows after which it tells that it goes on. */
const STEP_ROWS = 1000

/**
 * @param encode tokens of a row
 * @param at told which file's rows are cut into tokens, again and again
 * @throws InputError naming the file and the line
 */
export async function prepareData(
  scenario: Scenario,
  phones: number,
  { table, labels }: LabelledTable,
  encode: TaskRows['encode'],
  at: (file: string) => void = () => {},
): Promise<PreparedData> {
  const { data, seed, evaluation } = scenario
  const labelled = data.train.label !== null
  const indicesOf = (of: ExampleTable): Int32Array => (labelled ? labelIndices(of, labels) : new Int32Array(of.texts.length))
  const pack = async (
    from: ExampleTable,
    rows: readonly number[] | Int32Array,
    classes: (row: number, i: number) => number,
  ): Promise<PackedExamples> => {
    const tokens = await rowTokens(from, rows, encode, at)
    return packExamples(tokens.map((row, i) => ({ ...row, label: classes(rows[i]!, i) })))
  }

  const allLabels = indicesOf(table)
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
  const own: PackedExamples[] = []
  for (const set of sets) {
    const rows = set.map((i) => trainRows[privateRows[i]!]!)
    own.push(await pack(table, rows, (row) => allLabels[row]!))
  }

  const publicTable = data.public.source ? publicSource(data.public, data.public.source, labels) : table
  const chosen = publicExamples({
    pool: data.public.source ? Int32Array.from(publicTable.texts.keys()) : keptRows.map((i) => trainRows[i]!),
    // Labels that are drawn need not be known.
    labels: data.public.condition === 'random' ? new Int32Array(publicTable.texts.length) : indicesOf(publicTable),
    classes: labels.length,
    rows: data.public.rows,
    condition: data.public.condition,
    noise: data.public.noise,
    seed,
  })
  const believed = await pack(publicTable, chosen.rows, (_, i) => chosen.labels[i]!)
  const publicSet = labelled ? believed : { ...believed, labels: rowGroups(rowsIn(believed), data.public.groups, seed) }

  const testTable = data.test ? readExamples(data.test) : table
  const testLabels = data.test ? indicesOf(testTable) : allLabels
  const candidates = held ? held.testRows.map((i) => available[i]!) : limitRows(testTable.texts.length, undefined, seed)
  const limit = Math.min(data.testRows ?? Infinity, evaluation.rows ?? Infinity)
  const testRows = limitRows(candidates.length, Number.isFinite(limit) ? limit : undefined, seed).map((i) => candidates[i]!)
  if (testRows.length === 0) throw new InputError('data.testShare', `${data.testShare} of ${available.length} rows is no row`, 'a test set')
  const test = await pack(testTable, testRows, (row) => testLabels[row]!)
  return {
    labels,
    phones: own,
    public: publicSet,
    test,
    rows: { train: privateRows.length, public: chosen.rows.length, test: testRows.length },
  }
}

/** Rows of a table as tokens. @throws InputError for one without any, which no model can read */
export async function rowTokens(
  { texts, pairs, path, lines }: ExampleTable,
  rows: readonly number[] | Int32Array,
  encode: TaskRows['encode'],
  at: (file: string) => void,
): Promise<RowTokens[]> {
  const tokens: RowTokens[] = []
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

function publicSource({ labels: map }: Scenario['data']['public'], source: ExampleSource, labels: readonly string[]): ExampleTable {
  const table = readExamples(source)
  return map ? withMappedLabels(table, map, labels, 'data.public.labels') : table
}
