/** A checkpoint on a table of labelled rows: which columns, classes and head it is measured with, then loss, accuracy and logits. */
import { randomUUID } from 'node:crypto'
import { accessSync, constants, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { isBuiltInPath } from '#main/data/corpus/built-in-path.ts'
import type { ExampleSource, ExampleTable } from '#main/data/examples.ts'
import { csvRecords } from '#main/data/formats/csv.ts'
import { tsvRecords } from '#main/data/formats/tsv.ts'
import { quoted } from '#main/data/formats/unknown-column.ts'
import { labelIndices, labelSet } from '#main/data/labels.ts'
import { readExamples } from '#main/data/read-table.ts'
import { readTextBytes, textLines } from '#main/data/text-bytes.ts'
import { Arena } from '#main/engine/arena.ts'
import { loadKernels } from '#main/engine/kernels/kernels.ts'
import { Model } from '#main/models/model.ts'
import { openCheckpoint } from '#main/models/safetensors/checkpoint.ts'
import { orInputError } from '#main/models/safetensors/positioned-io.ts'
import { checkVocabulary, loadTokenizer } from '#main/models/tokenizer.ts'
import { StreamedWeights, streamedBytes } from '#main/models/weights.ts'
import type { Example } from '#main/training/batch.ts'
import { Combiner } from '#main/training/directions/combination.ts'
import { DirectionPool } from '#main/training/directions/pool.ts'
import { evaluate } from '#main/training/evaluate.ts'
import { type ParameterLayout, initialise, parameterLayout } from '#main/training/parameters.ts'
import { Sweep, displacedBytes } from '#main/training/sweep.ts'

/** What a measurement of a checkpoint starts from. */
export interface RowsRequest {
  /** Absolute path of a Hugging Face directory. */
  readonly checkpoint: string
  /** Absolute path of a table, or a path of the built-in corpus. */
  readonly data: string
  /** Column names or positions from 0. @default looked for among the titles of line 1, else text 0 and label 1 */
  readonly text?: string | number | undefined
  readonly label?: string | number | undefined
  readonly header?: boolean | undefined
  /** Longest row in tokens. @default the model's positions, 128 at most */
  readonly maxLength?: number | undefined
  /** Only so many rows from the start. @default all */
  readonly rows?: number | undefined
  /** Rows computed together, 32 at most. @default 32 */
  readonly batch?: number | undefined
  /** Key of the head (and pooler) drawn where the checkpoint has none. */
  readonly seed: number
  readonly onProgress?: ((done: number, rows: number) => void) | undefined
}

/** Rows as token ids, and the classifier to measure with. */
export interface MeasuredRows {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[]
  readonly examples: readonly Example[]
  readonly padId: number
  /** Of the classifier alone: no adapter. */
  readonly layout: ParameterLayout
  /** The classifier [layout.size], the checkpoint's or else the one a run with this seed starts with. */
  readonly head: Float32Array
  /** Weights drawn from the seed, under Hugging Face names. */
  readonly fresh: readonly string[]
}

export interface Evaluation {
  readonly rows: number
  readonly labels: readonly string[]
  readonly accuracy: number
  /** Mean cross-entropy, in nats. */
  readonly loss: number
  readonly fresh: readonly string[]
  readonly seconds: number
}

/** A line of the logits file: `row` counts from 0 in file order, `label` is the index of its logit. */
interface RowLogits {
  readonly row: number
  readonly label: number
  readonly logits: readonly number[]
  readonly loss: number
}

export const ROWS_TOGETHER = 32
const USUAL_LENGTH = 128
const MAXIMUM_BYTES = 512 * 2 ** 20
const LABEL_TITLES = ['label', 'labels', 'class', 'category', 'target']
const TEXT_TITLES = ['text', 'sentence', 'content', 'review', 'phrase', 'document', 'article', 'body', 'message']

/**
 * Loss and accuracy of a checkpoint without an adapter.
 * @param kernels path of kernels.wasm @param logitsPath gets a JSON line per row, whole or not at all
 * @throws InputError naming the file and what was expected, before anything is computed
 */
export async function evaluateCheckpoint(request: RowsRequest, kernels: string, logitsPath?: string): Promise<Evaluation> {
  const started = performance.now()
  if (logitsPath !== undefined) checkWritable(logitsPath)
  using model = new Model(request.checkpoint, request.seed)
  const { labels, examples, padId, layout, head, fresh } = measuredRows(model, request)
  const arena = new Arena(streamedBytes(model) + displacedBytes(layout, ROWS_TOGETHER))
  const combiner = new Combiner(layout, new DirectionPool(layout, 0), arena, loadKernels(arena.memory, readFileSync(kernels)), 'gaussian')
  using sweep = await Sweep.create(model, new StreamedWeights(model, arena), layout, null, labels.length, arena)

  const results: RowLogits[] = []
  let done = 0
  let correct = 0
  let loss = 0
  for (const chosen of batches(examples, request.batch)) {
    const part = await evaluate(
      sweep,
      head,
      combiner,
      chosen.map((row) => examples[row]!),
      padId,
      (n, logits) => {
        const row = chosen[n]!
        const { label } = examples[row]!
        results[row] = { row, label, logits: [...logits], loss: crossEntropy(logits, label) }
      },
    )
    correct += Math.round(part.accuracy * part.rows)
    loss += part.loss * part.rows
    done += part.rows
    request.onProgress?.(done, examples.length)
  }
  if (logitsPath !== undefined) writeWhole(logitsPath, results.map((result) => `${JSON.stringify(result)}\n`).join(''))
  const rows = examples.length
  return { rows, labels, accuracy: correct / rows, loss: loss / rows, fresh, seconds: (performance.now() - started) / 1000 }
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
  const labels = labelsOf(model, table)
  const layout = parameterLayout(architecture, config, null, labels.length)
  const head = new Float32Array(layout.size)
  initialise(layout, head, request.seed)
  const stored = model.readClassifier(labels.length)
  const [weight, bias] = layout.parameters
  if (stored) {
    head.set(stored.weight, weight!.offset)
    head.set(stored.bias, bias!.offset)
  }
  const count = request.rows ?? table.texts.length
  const classes = labelIndices({ ...table, labels: table.labels.slice(0, count) }, labels)
  return {
    labels,
    examples: Array.from(classes, (label, row) => ({ ids: tokenizer.encode(table.texts[row]!, maxLength), label })),
    padId: tokenizer.padId,
    layout,
    head,
    fresh: [...model.fresh, ...(stored ? [] : layout.parameters.map(({ name }) => name))],
  }
}

/** Indices of `examples` in batches, rows of like length together, since padding is computed too. */
export function batches(examples: readonly Example[], size: number = ROWS_TOGETHER): number[][] {
  const step = Math.min(size, ROWS_TOGETHER)
  const order = examples.map((_, row) => row).sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length || a - b)
  return Array.from({ length: Math.ceil(order.length / step) }, (_, i) => order.slice(i * step, (i + 1) * step))
}

/** @throws InputError if no file can be put at `path` */
export function checkWritable(path: string): void {
  const expected = 'a file name in a directory that can be written'
  orInputError(path, expected, () => {
    const directory = dirname(path)
    if (!statSync(directory).isDirectory()) throw new InputError(path, `${directory} is not a directory`, expected)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new InputError(path, 'a directory', expected)
    accessSync(directory, constants.W_OK)
  })
}

/** Columns that the request leaves open are found by the titles of line 1 (tsv, csv) or the keys of the first row (jsonl). */
export function findColumns({ data: path, text, label, header }: RowsRequest): ExampleSource {
  const byPosition = { path, text: text ?? (label === 0 ? 1 : 0), label: label ?? (text === 1 ? 0 : 1), header }
  if (isBuiltInPath(path) || header === false || (text !== undefined && label !== undefined)) return byPosition
  const keyed = ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase())
  const names = firstCells(path).map((name) => name.trim())
  const titles = names.map((name) => name.toLowerCase())

  const given = (column: string | number | undefined): number => (typeof column === 'string' ? names.indexOf(column) : (column ?? -1))
  const titled = (known: readonly string[], taken: number): number =>
    known.map((title) => titles.findIndex((found, i) => found === title && i !== taken)).find((i) => i >= 0) ?? -1
  const labelFirst = label === undefined ? titled(LABEL_TITLES, given(text)) : given(label)
  const textFirst = text === undefined ? titled(TEXT_TITLES, labelFirst) : given(text)
  const isHeader = keyed || header === true || typeof (text ?? label) === 'string' || LABEL_TITLES.includes(titles[labelFirst] ?? '')
  // A name that isn't there is the reader's to report.
  if (!isHeader || (text !== undefined && textFirst < 0) || (label !== undefined && labelFirst < 0)) return byPosition
  if (!keyed && textFirst < 0 && labelFirst < 0) return byPosition

  const otherThan = (column: number): number => (names.length === 2 && (column === 0 || column === 1) ? 1 - column : -1)
  const column = (what: string, found: number, other: number, known: readonly string[]): string | number => {
    const at = found >= 0 ? found : otherThan(other)
    if (at >= 0) return keyed ? names[at]! : at
    throw new InputError(path, `no ${what} column among ${quoted(names)}`, `one called ${known.join(', ')}, or --${what} with its name`)
  }
  return {
    path,
    text: text ?? column('text', textFirst, labelFirst, TEXT_TITLES),
    label: label ?? column('label', labelFirst, textFirst, LABEL_TITLES),
    header: keyed ? undefined : true,
  }
}

/** Cells of the first record, or keys of the first object; none where that can't be read. */
function firstCells(path: string): readonly string[] {
  const bytes = readTextBytes(path, MAXIMUM_BYTES)
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return csvRecords(bytes, path)[0]?.cells ?? []
    case '.jsonl':
    case '.ndjson':
      try {
        return Object.keys(JSON.parse(textLines(bytes).next().value?.text ?? '') as object)
      } catch {
        return []
      }
    default: {
      const [first] = tsvRecords(bytes)
      return first?.cells ?? []
    }
  }
}

/** Classes in the order of the logits: a stored classifier decides how many there are, and `id2label` what they are called. */
function labelsOf({ config, directory }: Model, table: ExampleTable): readonly string[] {
  using checkpoint = openCheckpoint(directory)
  const classes = checkpoint.tensors.get('classifier.weight')?.shape[0]
  if (classes === undefined) return labelSet(config.labels, [table])
  if (config.labels) return config.labels
  const counted = Array.from({ length: classes }, (_, i) => String(i))
  return table.labels.every((label) => counted.includes(label)) ? counted : labelSet(null, [table])
}

/** log sum_c exp(z_c) - z_label in float64, without overflow. */
function crossEntropy(logits: Float32Array, label: number): number {
  const most = Math.max(...logits)
  const sum = logits.reduce((total, z) => total + Math.exp(z - most), 0)
  return most + Math.log(sum) - logits[label]!
}

function writeWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`)
  try {
    orInputError(path, 'a file name in a directory that can be written and has room', () => {
      writeFileSync(temporary, text, { flag: 'wx', flush: true })
      renameSync(temporary, path)
    })
  } finally {
    rmSync(temporary, { force: true })
  }
}
