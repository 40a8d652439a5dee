/** Reads a scenario's data and its size, once per file and setting, since a form is checked at every key. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DataReport, SessionData } from '#shared/events/data-report.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { Classes } from '#main/data/classes.ts'
import type { ExampleSource, ExampleTable } from '#main/data/examples.ts'
import { holdOut, limitRows, splitPublic } from '#main/data/splits.ts'
import type { Model } from '#main/models/model.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import type { TextRow, Tokenizer } from '#main/models/tokenizer/tokenizer.ts'
import { classHeadOf } from './class-head.ts'
import type { DataSizes } from '#main/predict/phone-memory.ts'
import { type ClassedRows, publicSource, testSet, trainingTable } from './prepare-data.ts'
import { taskRows } from './task-rows.ts'

/** The number of rows whose length is looked at: the longest of them is close to the longest of all, and they are tokenised quickly. */
const ROWS_LOOKED_AT = 2000
const MOST_KEPT = 16
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'config.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
]

interface Table {
  readonly rows: number
  readonly labels: readonly string[]
  readonly classes: Classes | null
  readonly sample: readonly TextRow[]
  readonly report: DataReport
}

/** Tokens of the longest row that was looked at, and how many of those rows are cut. */
interface Lengths {
  readonly longest: number
  readonly cut: NonNullable<DataReport['cut']>
}

export class DataReader {
  private readonly tables = new Map<string, Table>()
  private readonly tokenizers = new Map<string, Promise<Tokenizer>>()
  private readonly lengths = new Map<string, Promise<Lengths>>()

  /**
   * @param checkpoint directory of `opened`
   * @param at called with the file that is read @throws InputError if the data or the tokenizer can't be read, or don't go with the task
   */
  async read(
    { data, model, task, seed }: Scenario,
    checkpoint: string,
    opened: Model,
    at: (file: string) => void,
  ): Promise<{ readonly sizes: DataSizes; readonly report: SessionData }> {
    const { train, test, public: cloud } = data
    const key = JSON.stringify([train, data.classes, cloud.groups.count, stampOf(train.path), model.head, stamped(checkpoint)])
    const table = kept(this.tables, key, () => {
      at(train.path)
      const { table: read, labels, classes, report } = trainingTable({ data }, classHeadOf(opened))
      return { rows: read.texts.length, labels, classes, report, sample: sampleOf(read) }
    })
    at(join(checkpoint, 'tokenizer.json'))
    const tokenizer = await kept(this.tokenizers, stamped(checkpoint), () => loadTokenizer(checkpoint))
    const { encode } = await taskRows(task, opened, tokenizer, table.labels, model.maxLength)
    const looked = (rows: Table, of: string): Promise<Lengths> =>
      kept(this.lengths, JSON.stringify([of, stamped(checkpoint), model.maxLength, task]), async () => {
        const tokens = await encode(rows.sample)
        const cut = tokens.filter((row) => row.cut).length
        return { longest: Math.max(...tokens.map(({ ids }) => ids.length)), cut: { rows: cut, of: tokens.length, tokens: model.maxLength } }
      })
    const beside = async (source: ExampleSource, how: unknown, rows: () => ClassedRows): Promise<DataReport> => {
      const own = JSON.stringify([source, stampOf(source.path), how, key])
      const read = kept(this.tables, own, () => {
        at(source.path)
        const { table: from, report } = rows()
        return { ...table, rows: from.texts.length, report, sample: sampleOf(from) }
      })
      return { ...read.report, cut: (await looked(read, own)).cut }
    }
    const { longest, cut } = await looked(table, key)
    const available = limitRows(table.rows, data.trainRows, seed).length
    const rows = test ? available : holdOut(available, data.testShare, seed).trainRows.length
    const { source, labels, condition } = cloud
    return {
      sizes: { classes: table.labels.length, privateRows: splitPublic(rows, cloud.share, seed).privateRows.length, tokens: longest },
      report: {
        train: { ...table.report, cut },
        ...(test ? { test: await beside(test, null, () => testSet(test, table.classes)) } : {}),
        ...(source ? { public: await beside(source, [labels, condition], () => publicSource(cloud, source, table.classes)) } : {}),
      },
    }
  }
}

function sampleOf({ texts, pairs }: ExampleTable): TextRow[] {
  const step = Math.ceil(texts.length / ROWS_LOOKED_AT)
  return texts.flatMap((text, row) => (row % step === 0 ? [{ text, pair: pairs?.[row] }] : []))
}

/** Another one where the file has changed. */
function stampOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false })
  return status ? `${status.mtimeMs} ${status.size}` : ''
}

/** Another one where a file of its tokenizer has changed. */
function stamped(checkpoint: string): string {
  return [checkpoint, ...TOKENIZER_FILES.map((name) => stampOf(join(checkpoint, name)))].join('|')
}

/** Returns the cached value or makes it; the oldest entry is dropped. */
function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  if (cache.size > MOST_KEPT) cache.delete(cache.keys().next().value!)
  return made
}
