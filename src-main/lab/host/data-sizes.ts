/** How much data a scenario has, found out once per file and setting, since a form is checked at every key. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { holdOut, limitRows, splitPublic } from '#main/data/splits.ts'
import type { Model } from '#main/models/model.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import type { Tokenizer } from '#main/models/tokenizer/tokenizer.ts'
import { classHeadOf } from '../class-head.ts'
import type { DataSizes } from '../predict/phone-memory.ts'
import { trainingTable } from '../prepare-data.ts'
import { taskRows } from '../task-rows.ts'

/** Rows whose length is looked at: the longest of so many is close to the longest of all, and they are tokenised in no time. */
const ROWS_LOOKED_AT = 400
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
  readonly sample: readonly string[]
}

export class DataSizeReader {
  private readonly tables = new Map<string, Table>()
  private readonly tokenizers = new Map<string, Promise<Tokenizer>>()
  private readonly lengths = new Map<string, Promise<number>>()

  /** @param checkpoint directory of `opened` @param at told which file is read @throws InputError if the data or the tokenizer can't be read, or don't go with the task */
  async sizes({ data, model, task, seed }: Scenario, checkpoint: string, opened: Model, at: (file: string) => void): Promise<DataSizes> {
    const { config } = opened
    const source = JSON.stringify([data.train, data.classes, data.public.groups.count, stampOf(data.train.path), config.labels, checkpoint])
    const table = kept(this.tables, source, () => {
      at(data.train.path)
      const { table: read, labels } = trainingTable({ data }, classHeadOf(opened))
      const step = Math.max(1, Math.floor(read.texts.length / ROWS_LOOKED_AT))
      const sample = read.texts.filter((_, row) => row % step === 0)
      return {
        rows: read.texts.length,
        labels,
        sample,
      }
    })
    at(join(checkpoint, 'tokenizer.json'))
    const tokenizer = await kept(this.tokenizers, stamped(checkpoint), () => loadTokenizer(checkpoint))
    await taskRows(task, opened, tokenizer, table.labels, model.maxLength)
    const tokens = await kept(this.lengths, JSON.stringify([source, stamped(checkpoint), model.maxLength]), async () => {
      const rows = await tokenizer.encode(
        table.sample.map((text) => ({ text })),
        { maxLength: model.maxLength },
      )
      return Math.max(...rows.map(({ ids }) => ids.length))
    })
    const available = limitRows(table.rows, data.trainRows, seed).length
    const train = data.test ? available : holdOut(available, data.testShare, seed).trainRows.length
    return { classes: table.labels.length, privateRows: splitPublic(train, data.public.share, seed).privateRows.length, tokens }
  }
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

/** The oldest is forgotten. */
function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  if (cache.size > MOST_KEPT) cache.delete(cache.keys().next().value!)
  return made
}
