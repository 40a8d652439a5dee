/** Loss, accuracy and logits of a checkpoint on a table of labelled rows. */
import { readFileSync } from 'node:fs'
import { RunFailed } from '#shared/errors/run-failed.ts'
import type { DataReport } from '#shared/events/data-report.ts'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import { type FrozenWeights, WIDE } from '#main/models/precision.ts'
import { StreamedWeights, blockBytes, streamedBytes } from '#main/models/weights.ts'
import type { Example } from '#main/training/batch.ts'
import { Combiner } from '#main/training/directions/combination.ts'
import { DirectionPool } from '#main/training/directions/pool.ts'
import { evaluate } from '#main/training/evaluate.ts'
import { around } from '#main/training/point-sweep.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'
import { measuredRows } from './measured-rows.ts'
import type { RowsRequest } from '#main/reading/read-rows.ts'
import type { Reader } from '#main/reading/reader.ts'
import { type OtherProblem, type Scores, type RowTargets, scoresOf } from '#main/reading/other-problems.ts'
import { kernelsPath } from '#main/machine/resources.ts'
import { checkWritable, writeWhole } from '#main/machine/whole-file.ts'

export interface CheckpointEvaluation {
  readonly rows: number
  readonly labels: readonly string[]
  /** The share of rows with the right class; for a head that says each class by itself, of rows with all classes right; NaN for regression. */
  readonly accuracy: number
  /** Mean cross-entropy, in nats; of regression the mean squared error. */
  readonly loss: number
  /** The kind of problem and its scores, where the head doesn't choose one class. */
  readonly problem?: OtherProblem
  readonly pearson?: number
  readonly spearman?: number
  readonly f1?: number
  readonly macroF1?: number
  /** The perplexity of next-word heads, e to the loss; `words` counts the words predicted. */
  readonly perplexity?: number
  readonly words?: number
  readonly fresh: readonly string[]
  /** The decisions about columns, classes and rows. */
  readonly report: DataReport
  readonly seconds: number
}

/** A line of the logits file: `row` counts from 0 in file order, `label` is the index of its logit; of other heads its number, or 1 for its classes. */
export interface RowLogits {
  readonly row: number
  readonly label: number | readonly number[]
  readonly logits: readonly number[]
  readonly loss: number
}

interface EvaluationOptions {
  /** Form of the frozen matrices. @default as the checkpoint has them, in float32 */
  readonly weights?: FrozenWeights
  /** Gets a JSON line per row, whole or not at all. */
  readonly logitsPath?: string | undefined
}

const ROWS_TOGETHER = 32
/** The most tokens in a batch: long rows are computed in smaller batches. */
const TOKENS_TOGETHER = 32 * 128

/**
 * Loss and accuracy of a checkpoint without an adapter.
 * @throws InputError naming the file and what was expected, before anything is computed
 */
export async function evaluateCheckpoint(
  request: RowsRequest,
  reader: Reader,
  { weights = WIDE, logitsPath }: EvaluationOptions = {},
): Promise<CheckpointEvaluation> {
  if (logitsPath !== undefined) checkWritable(logitsPath)
  const { evaluation, rows } = await measureCheckpoint(request, reader, weights)
  if (logitsPath !== undefined) writeWhole(logitsPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return evaluation
}

/** Does what `evaluateCheckpoint` does, and also returns each row's result and the bytes that a block takes of the buffer. */
export async function measureCheckpoint(
  request: RowsRequest,
  reader: Reader,
  { form, file }: FrozenWeights,
): Promise<{ evaluation: CheckpointEvaluation; rows: RowLogits[]; bytesPerBlock: number }> {
  const started = performance.now()
  using model = new Model(request.checkpoint, request.seed, file)
  const {
    labels,
    examples,
    form: batchForm,
    layout,
    head,
    classifier,
    fresh,
    report,
    targets: other,
  } = await measuredRows(model, { ...request, otherProblems: true }, reader)
  const arena = new Arena(streamedBytes(model, form, head) + displacedBytes(layout, ROWS_TOGETHER))
  const loaded = loadKernels(arena.memory, readFileSync(kernelsPath(reader.resources)))
  const combiner = new Combiner(layout, new DirectionPool(layout, 0, arena, loaded), arena, loaded, 'gaussian')
  const weights = new StreamedWeights(model, arena, { form, kernels: loaded, head })
  using sweep = await Sweep.create(model, weights, layout, null, head, arena)
  const near = around({ values: classifier, combiner }, sweep)

  const results: RowLogits[] = []
  let done = 0
  let correct = 0
  let loss = 0
  let targets = 0
  for (const chosen of batches(examples, request.batch)) {
    const part = await evaluate(
      near,
      chosen.map((row) => examples[row]!),
      batchForm,
      (n, logits) => {
        const row = chosen[n]!
        const { label } = examples[row]!
        results[row] = { row, label, logits: [...logits], loss: logits.length > 0 ? crossEntropy(logits, label) : NaN }
      },
    )
    correct += Math.round(part.accuracy * part.targets)
    loss += part.loss * part.targets
    targets += part.targets
    done += part.rows
    request.onProgress?.(done, examples.length)
  }
  if (!Number.isFinite(loss)) throw new RunFailed(`${request.checkpoint}: the loss is no number; its weights give none`)
  const rows = examples.length
  const seconds = (performance.now() - started) / 1000
  const evaluation = {
    rows,
    labels,
    accuracy: correct / targets,
    loss: loss / targets,
    ...perplexityOf(head, loss / targets, targets),
    ...(other ? scored(other, results, labels.length) : {}),
    fresh,
    report,
    seconds,
  }
  return { evaluation, rows: results, bytesPerBlock: blockBytes(model, form) }
}

/** Scores of the outputs in place of those of classes, and every row's own target and loss. */
function scored({ problem, values }: RowTargets, rows: RowLogits[], classes: number): Pick<CheckpointEvaluation, 'problem'> & Scores {
  const outputs = Float64Array.from(rows.flatMap(({ logits }) => logits))
  rows.forEach((row, i) => {
    const own = values.subarray(i * classes, (i + 1) * classes)
    rows[i] = {
      ...row,
      label: problem === 'regression' ? own[0]! : [...own],
      loss: scoresOf(problem, Float64Array.from(row.logits), own, classes).loss,
    }
  })
  return { problem, ...scoresOf(problem, outputs, values, classes) }
}

function perplexityOf(head: HeadSpec, loss: number, words: number): Pick<CheckpointEvaluation, 'perplexity' | 'words'> {
  return typeof head === 'object' && head.kind === 'next-word' ? { perplexity: Math.exp(loss), words } : {}
}

/** Indices of `examples` in batches, rows of like length together, since padding is computed too. */
export function batches(examples: readonly Example[], size: number = ROWS_TOGETHER): number[][] {
  const order = examples.map((_, row) => row).sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length || a - b)
  const chosen: number[][] = []
  for (let from = 0; from < order.length; from += chosen.at(-1)!.length) {
    let count = Math.min(size, ROWS_TOGETHER, order.length - from)
    // The last row is the longest: rows of a batch are filled up to its length.
    while (count > 1 && count * examples[order[from + count - 1]!]!.ids.length > TOKENS_TOGETHER) count--
    chosen.push(order.slice(from, from + count))
  }
  return chosen
}

/** log sum_c exp(z_c) - z_label in float64, without overflow. */
function crossEntropy(logits: Float32Array, label: number): number {
  const most = Math.max(...logits)
  const sum = logits.reduce((total, z) => total + Math.exp(z - most), 0)
  return most + Math.log(sum) - logits[label]!
}
