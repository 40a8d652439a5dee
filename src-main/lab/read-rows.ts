/** The rows of a table as a checkpoint reads them: token ids and classes, and the head that the task puts on the model. */
import { passedIdOf } from '#main/models/model-config.ts'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable } from '#main/data/examples.ts'
import { type ColumnRequest, findColumns } from '#main/data/find-columns.ts'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import { readExamples } from '#main/data/read-table.ts'
import { Model } from '#main/models/model.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { checkVocabulary } from '#main/models/tokenizer/tokenizer.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { BatchForm } from '#main/training/batch.ts'
import { type PackedExamples, packExamples } from '#main/workers/commands.ts'
import { rowTokens } from './prepare-data.ts'
import { type Task, taskRows } from './task-rows.ts'

const USUAL_LENGTH = 128

/** What a measurement of a checkpoint starts from. */
export interface RowsRequest extends ColumnRequest {
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  /** Longest row in tokens. @default the model's positions, 128 at most */
  readonly maxLength?: number | undefined
  /** Only so many rows from the start. @default all */
  readonly rows?: number | undefined
  /** Rows computed together, 32 at most. @default 32 */
  readonly batch?: number | undefined
  /** Key of the head (and pooler) drawn where the checkpoint has none. */
  readonly seed: number
  /** @default classification */
  readonly task?: Task | undefined
  readonly onProgress?: ((done: number, rows: number) => void) | undefined
}

/** Rows as they are read: token ids, classes and what the task puts on the model. */
export interface ReadRows {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[]
  readonly examples: PackedExamples
  readonly form: BatchForm
  readonly head: HeadSpec
  /** For masking tokens; null for a tokenizer without the one that masks. */
  readonly masking: { readonly maskId: number; readonly lastSpecial: number } | null
}

/** What of a request decides the rows. */
export type ReadRequest = Omit<RowsRequest, 'onProgress'>

/** @param at told which file is read @throws InputError as `measuredRows` */
export async function readRows(request: ReadRequest, at: (file: string) => void = () => {}): Promise<ReadRows> {
  at(request.checkpoint)
  using model = new Model(request.checkpoint, request.seed)
  const { config, directory } = model
  const maxLength = request.maxLength ?? Math.min(config.maxPositions, USUAL_LENGTH)
  if (maxLength > config.maxPositions) {
    throw new InputError('maximum length', `${maxLength} tokens`, `at most ${config.maxPositions}, the positions of ${directory}`)
  }
  at(join(directory, 'tokenizer.json'))
  const tokenizer = await loadTokenizer(directory)
  checkVocabulary(directory, tokenizer, config)
  at(request.data)
  const table = readExamples(findColumns(request))
  const labels = request.task?.kind === 'language-model' ? [] : labelsOf(model, table, request.task)
  const { head, answerId, encode } = await taskRows(request.task, model, tokenizer, labels, maxLength)
  // A classifier of other classes is said before the labels of rows are.
  if (typeof head === 'number') model.holdsClassifier(head)
  const count = request.rows ?? table.texts.length
  const own = { ...table, labels: table.labels.slice(0, count) }
  const classes = labels.length === 0 ? new Int32Array(own.labels.length) : labelIndices(own, labels)
  const tokens = await rowTokens(table, [...classes.keys()], encode, at)
  const { padId, maskId, unkId, clsId, sepId } = tokenizer
  return {
    labels,
    examples: packExamples(tokens.map((row, i) => ({ ...row, label: classes[i]! }))),
    form: { padId, passedId: passedIdOf(config), answerId, nextWord: typeof head === 'object' && head.kind === 'next-word' },
    head,
    masking: maskId === null ? null : { maskId, lastSpecial: Math.max(padId, maskId, unkId ?? 0, clsId ?? 0, sepId ?? 0) },
  }
}

/** Classes in the order of the logits: a stored classifier decides how many there are, and `id2label` what they are called. */
function labelsOf({ config, directory, architecture }: Model, table: ExampleTable, task: Task | undefined): readonly string[] {
  if (task && task.kind !== 'classification') return labelSet(null, [table])
  using checkpoint = openCheckpoint(directory)
  const classes = checkpoint.tensors.get(`${architecture.classifier.name}.weight`)?.shape[0]
  if (classes === undefined) return labelSet(config.labels, [table])
  if (config.labels) return config.labels
  const counted = Array.from({ length: classes }, (_, i) => String(i))
  return table.labels.every((label) => counted.includes(label)) ? counted : labelSet(null, [table])
}
