/** The rows of a table as a checkpoint is measured on them: token ids, classes and the head. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable } from '#main/data/examples.ts'
import { type ColumnRequest, findColumns } from '#main/data/find-columns.ts'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import { readExamples } from '#main/data/read-table.ts'
import type { Model } from '#main/models/model.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { checkVocabulary, loadTokenizer } from '#main/models/tokenizer.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { BatchForm, Example } from '#main/training/batch.ts'
import { type ParameterLayout, initialise, parameterLayout } from '#main/training/parameters.ts'
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

/** Rows as token ids, and the head to measure with. */
export interface MeasuredRows {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[]
  readonly examples: readonly Example[]
  readonly form: BatchForm
  readonly head: HeadSpec
  /** Of the classifier alone: no adapter. */
  readonly layout: ParameterLayout
  /** The classifier [layout.size], the checkpoint's or else the one a run with this seed starts with. */
  readonly classifier: Float32Array
  /** Weights drawn from the seed, under Hugging Face names. */
  readonly fresh: readonly string[]
}

/** @throws InputError for data or a tokenizer that doesn't fit the model */
export function measuredRows(model: Model, request: RowsRequest): MeasuredRows {
  const { config, architecture, directory } = model
  const maxLength = request.maxLength ?? Math.min(config.maxPositions, USUAL_LENGTH)
  if (maxLength > config.maxPositions) {
    throw new InputError('maximum length', `${maxLength} tokens`, `at most ${config.maxPositions}, the positions of ${directory}`)
  }
  const tokenizer = loadTokenizer(directory)
  checkVocabulary(directory, tokenizer, config)
  const table = readExamples(findColumns(request))
  const labels = request.task?.kind === 'language-model' ? [] : labelsOf(model, table, request.task)
  const { head, answerId, encode } = taskRows(request.task, model, tokenizer, labels, maxLength)
  const layout = parameterLayout(architecture, config, null, head)
  const classifier = new Float32Array(layout.size)
  initialise(layout, classifier, request.seed, model)
  const count = request.rows ?? table.texts.length
  const own = { ...table, labels: table.labels.slice(0, count) }
  const classes = labels.length === 0 ? new Int32Array(own.labels.length) : labelIndices(own, labels)
  return {
    labels,
    examples: Array.from(classes, (label, row) => ({ ...encode(table.texts[row]!, table.pairs?.[row]), label })),
    form: { padId: tokenizer.padId, answerId, nextWord: typeof head === 'object' && head.kind === 'next-word' },
    head,
    layout,
    classifier,
    fresh: [...model.fresh, ...(typeof head !== 'number' || model.holdsClassifier(head) ? [] : layout.parameters.map(({ name }) => name))],
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
