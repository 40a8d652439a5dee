/** The rows of a table as a checkpoint reads them: token ids and classes, and the head that the task puts on the model. */
import { passedIdOf } from '#main/models/model-config.ts'
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import type { DataReport } from '#shared/events/data-report.ts'
import { NO_HEAD, classesOf } from '#main/data/classes.ts'
import { classify } from '#main/data/classify.ts'
import { type ExampleSource, type ExampleTable, pickRows } from '#main/data/examples.ts'
import { readExamples } from '#main/data/read-table.ts'
import { Model } from '#main/models/model.ts'
import { loadTokenizer } from '#main/models/tokenizer/load-tokenizer.ts'
import { checkVocabulary } from '#main/models/tokenizer/tokenizer.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { BatchForm } from '#main/training/batch.ts'
import { type PackedExamples, packExamples } from '#main/training/packed-examples.ts'
import { classHeadOf } from './class-head.ts'
import { reportOf, rowTokens } from './prepare-data.ts'
import { type RowTargets, otherProblem } from './other-problems.ts'
import { readTargets } from './read-targets.ts'
import { type ScenarioTask, refuseOtherProblems, taskRows } from './task-rows.ts'

/** The request from which a measurement of a checkpoint starts. */
export interface RowsRequest extends Omit<ExampleSource, 'path'> {
  /** Absolute path of a table or folder, or a path of the built-in corpus. */
  readonly data: string
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  /** Names of the classes in the order of the model's outputs. @default found out from model and data */
  readonly classes?: readonly string[] | undefined
  /** Longest row in tokens. @default what model and tokenizer take */
  readonly maxLength?: number | undefined
  /** The number of rows to read from the start. @default all */
  readonly rows?: number | undefined
  /** Rows computed together, 32 at most. @default 32 */
  readonly batch?: number | undefined
  /** Key of the head (and pooler) drawn where the checkpoint has none. */
  readonly seed: number
  /** @default classification */
  readonly task?: ScenarioTask | undefined
  /** Read rows for heads that say a number, or each class by itself, too. @default they are refused */
  readonly otherProblems?: boolean | undefined
  readonly onProgress?: ((done: number, rows: number) => void) | undefined
}

/** Rows as they are read: token ids, classes and what the task puts on the model. */
export interface ReadRows {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[]
  /** The decisions about columns, classes and rows. */
  readonly report: DataReport
  readonly examples: PackedExamples
  readonly form: BatchForm
  readonly head: HeadSpec
  /** The targets of a head that doesn't choose one class; null for other heads. */
  readonly targets: RowTargets | null
  /** The ids needed to mask tokens; null for a tokenizer without a mask token. */
  readonly masking: { readonly maskId: number; readonly lastSpecial: number } | null
}

/** The part of a request that decides the rows. */
type ReadRequest = Omit<RowsRequest, 'onProgress'>

/** @param at called with the file that is read @throws InputError as `measuredRows` */
export async function readRows(request: ReadRequest, at: (file: string) => void = () => {}): Promise<ReadRows> {
  at(request.checkpoint)
  using model = new Model(request.checkpoint, request.seed)
  const { config, directory } = model
  if (request.maxLength !== undefined && request.maxLength > config.maxPositions) {
    throw new InputError('maximum length', `${request.maxLength} tokens`, `at most ${config.maxPositions}, the positions of ${directory}`)
  }
  const cutter = join(directory, 'tokenizer.json')
  at(cutter)
  const tokenizer = await loadTokenizer(directory)
  checkVocabulary(directory, tokenizer, config)
  const maxLength = request.maxLength ?? Math.min(config.maxPositions, tokenizer.maximumLength ?? Infinity)
  at(request.data)
  const { table, labels, indices, report, targets = null } = rowsOf(model, request)
  const { head, answerId, encode } = await taskRows(request.task, model, tokenizer, labels, maxLength, targets !== null)
  const tokens = await rowTokens(table, [...indices.keys()], encode, (file) => at(`${cutter}, on the texts of ${file}`))
  const { padId, maskId, unkId, clsId, sepId } = tokenizer
  return {
    labels,
    report: { ...report, cut: { rows: tokens.filter(({ cut }) => cut).length, of: tokens.length, tokens: maxLength } },
    examples: packExamples(tokens.map((row, i) => ({ ...row, label: indices[i]! }))),
    form: { padId, passedId: passedIdOf(config), answerId, nextWord: typeof head === 'object' && head.kind === 'next-word' },
    head,
    targets,
    masking: maskId === null ? null : { maskId, lastSpecial: Math.max(padId, maskId, unkId ?? 0, clsId ?? 0, sepId ?? 0) },
  }
}

interface ClassedRows {
  readonly table: ExampleTable
  readonly labels: readonly string[]
  readonly indices: Int32Array
  readonly report: DataReport
  readonly targets?: RowTargets
}

/** The first rows in their classes, which all rows decide. Tasks that name classes by words know no order of the head. */
function rowsOf(model: Model, { task, data, rows, classes: given, otherProblems, ...source }: ReadRequest): ClassedRows {
  const own = task === undefined || task.kind === 'classification'
  const problem = own ? otherProblem(model.config) : null
  if (problem !== null) {
    if (!otherProblems) refuseOtherProblems(model)
    const { table: read, labels, targets } = readTargets({ ...source, path: data }, classHeadOf(model), problem, rows)
    model.holdsClassifier(labels.length)
    return { table: read, labels, indices: new Int32Array(read.texts.length), report: reportOf(read), targets }
  }
  const all = readExamples({ ...source, path: data })
  const table = rows === undefined ? all : pickRows(all, [...all.texts.keys()].slice(0, rows))
  if (task?.kind === 'language-model') return { table, labels: [], indices: new Int32Array(table.texts.length), report: reportOf(table) }
  const classes = classesOf(own ? classHeadOf(model) : NO_HEAD, all, { given, onBadRow: source.onBadRow })
  // A classifier of other classes is said before the labels of rows are.
  if (own) model.holdsClassifier(classes.labels.length)
  const classed = classify(table, classes, source.onBadRow)
  return { table: classed.table, labels: classes.labels, indices: classed.indices, report: reportOf(table, classed) }
}
