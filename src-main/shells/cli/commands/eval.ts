/** `eval`: loss and accuracy of a checkpoint on a table of labelled rows. */
import { resolve } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { type DataReport, describeData } from '#shared/events/data-report.ts'
import { parse } from '#shared/scenario/issues.ts'
import { taskSchema } from '#shared/scenario/task-schema.ts'
import type { ScenarioTask } from '#main/reading/task-rows.ts'
import { WEIGHT_FORMS, type WeightForm } from '#shared/scenario/model-schema.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatPercent, formatSeconds } from '#shared/units/quantities.ts'
import { compareWeightForms } from '#main/checkpoints/compare-weight-forms.ts'
import { frozenWeights } from '#main/checkpoints/converted-weights.ts'
import { evaluateCheckpoint } from '#main/checkpoints/evaluate-checkpoint.ts'
import type { RowsRequest } from '#main/reading/read-rows.ts'
import { Reader } from '#main/reading/reader.ts'
import { checkpointDirectory } from '#main/machine/resources.ts'
import type { CliCommand, CommandContext, OptionSpec, Options } from '../command.ts'

/** The value of --weights that means all forms. */
const ALL = 'all'

const FORMATS = ['tsv', 'csv', 'jsonl', 'json', 'parquet', 'arrow'] as const
const ON_BAD_ROW = ['refuse', 'skip'] as const
const DELIMITERS = [',', ';', '|', '\t'] as const

/** Options of every command that measures a checkpoint on rows. */
export const rowsOptions = {
  model: { type: 'string', value: 'DIR', required: true },
  data: { type: 'string', value: 'FILE', required: true },
  text: { type: 'string', value: 'COL[,COL]', multiple: true },
  label: { type: 'string', value: 'COL' },
  pair: { type: 'string', value: 'COL' },
  classes: { type: 'string', value: 'NAME,NAME,...' },
  split: { type: 'string', value: 'NAME' },
  task: { type: 'string', value: 'classification|label-words|language-model' },
  template: { type: 'string', value: 'TEXT' },
  words: { type: 'string', value: 'LABEL=WORD,...' },
  header: { type: 'boolean' },
  'no-header': { type: 'boolean' },
  format: { type: 'string', value: FORMATS.join('|') },
  encoding: { type: 'string', value: 'NAME' },
  quoted: { type: 'boolean' },
  'no-quoted': { type: 'boolean' },
  delimiter: { type: 'string', value: 'CHARACTER' },
  'on-bad-row': { type: 'string', value: ON_BAD_ROW.join('|') },
  'max-length': { type: 'string', value: 'N' },
  rows: { type: 'string', value: 'N' },
  batch: { type: 'string', value: 'N' },
  seed: { type: 'string', value: 'N' },
} satisfies Record<string, OptionSpec>

export const evaluation: CliCommand = {
  name: 'eval',
  operands: [],
  options: {
    ...rowsOptions,
    weights: { type: 'string', value: [...WEIGHT_FORMS, ALL].join('|') },
    logits: { type: 'string', value: 'OUT.jsonl' },
    json: { type: 'boolean' },
  },
  summary: 'Measures loss and accuracy of a checkpoint on labelled rows.',
  async run(context, options) {
    const { resources, cwd, stdout } = context
    const request = rowsRequest(context, options)
    const logits = options['logits'] as string | undefined
    const weights = weightForm(options)
    await using reader = new Reader(resources)
    if (weights === ALL) return await compare(context, request, options, reader)
    const result = await evaluateCheckpoint(request, reader, {
      ...(weights && { weights: frozenWeights(request.checkpoint, weights, resources.weightsCache) }),
      logitsPath: logits === undefined ? undefined : resolve(cwd, logits),
    })
    const { report, ...measured } = result
    const { rows, labels, accuracy, loss, perplexity, words, fresh, seconds, problem, pearson, spearman, f1, macroF1 } = measured
    tellFresh(context, fresh)
    tellData(context, report)
    if (options['json'] === true) {
      stdout.write(
        `${JSON.stringify({ model: request.checkpoint, data: request.data, ...(weights && { weights }), ...measured, ...report })}\n`,
      )
    } else {
      const lines = [
        ...(problem === 'regression' ? [] : [`accuracy  ${formatPercent(accuracy)}`]),
        `loss      ${loss.toFixed(6)}${problem === undefined ? '' : problem === 'regression' ? ' (mean squared error)' : ' (binary cross-entropy)'}`,
        ...(pearson === undefined ? [] : [`pearson   ${pearson.toFixed(4)}`, `spearman  ${spearman!.toFixed(4)}`]),
        ...(f1 === undefined ? [] : [`f1        ${f1.toFixed(4)}, mean of the classes' ${macroF1!.toFixed(4)}`]),
        ...(perplexity === undefined ? [] : [`perplexity ${perplexity.toPrecision(6)} over ${words} words`]),
        `rows      ${rows}`,
        ...(labels.length > 0 ? [`labels    ${labels.join(', ')}`] : []),
        `time      ${formatSeconds(seconds)}`,
      ]
      stdout.write(`${lines.join('\n')}\n`)
    }
    return 0
  },
}

/** Measures every form of the frozen weights side by side. */
async function compare({ stdout, ...context }: CommandContext, request: RowsRequest, options: Options, reader: Reader): Promise<number> {
  if (options['logits'] !== undefined) throw new InputError('--logits', 'beside --weights all', 'one form of the weights')
  const { evaluation: measured, forms } = await compareWeightForms(request, reader)
  const { report, ...wide } = measured
  tellFresh(context, wide.fresh)
  tellData(context, report)
  if (options['json'] === true) {
    stdout.write(`${JSON.stringify({ model: request.checkpoint, data: request.data, ...wide, ...report, forms })}\n`)
    return 0
  }
  const rows = forms.map((form) => [
    form.weights,
    formatPercent(form.accuracy),
    form.loss.toFixed(6),
    formatBytes(form.bytesPerBlock),
    `${signed(100 * form.accuracyChange, 2)} points`,
    signed(form.lossChange, 6),
    `${form.changedRows} of ${wide.rows}`,
    form.largestLogitChange.toFixed(6),
    ...(form.maskedLoss === null ? [] : [form.maskedLoss.toFixed(6)]),
  ])
  const columns = ['weights', 'accuracy', 'loss', 'per block', 'accuracy change', 'loss change', 'rows changed', 'logits off by']
  const table = [[...columns, 'masked loss'].slice(0, rows[0]!.length), ...rows]
  const widths = columns.map((_, i) => Math.max(...table.map((row) => row[i]!.length)))
  stdout.write(
    table
      .map(
        (row) =>
          `${row
            .map((cell, i) => cell.padEnd(widths[i]!))
            .join('  ')
            .trimEnd()}\n`,
      )
      .join(''),
  )
  return 0
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`
}

/** Reads --weights; undefined keeps the checkpoint's own form. @throws InputError for an unknown form */
function weightForm(options: Options): WeightForm | typeof ALL | undefined {
  const text = options['weights'] as string | undefined
  const known = [...WEIGHT_FORMS, ALL] as const
  const form = known.find((name) => name === text)
  if (text !== undefined && !form) throw new InputError('--weights', `"${text}"`, known.join(', '))
  return form
}

/** @throws InputError for an option that can't be */
export function rowsRequest({ resources, cwd, stderr }: CommandContext, options: Options): RowsRequest {
  const model = options['model'] as string
  const data = options['data'] as string
  for (const name of ['header', 'quoted']) {
    if (options[name] && options[`no-${name}`]) throw new InputError(`--${name}`, `beside --no-${name}`, 'one of them')
  }
  const task = taskOf(options)
  return {
    checkpoint: model.startsWith('builtin:') ? checkpointDirectory(resources, model) : resolve(cwd, model),
    data: data.startsWith('builtin:') ? data : resolve(cwd, data),
    text: textColumns(options['text']),
    label: task?.kind === 'language-model' ? null : column(options['label']),
    pair: column(options['pair']),
    classes: (options['classes'] as string | undefined)?.split(',').map((name) => name.trim()),
    split: options['split'] as string | undefined,
    task,
    header: options['header'] ? true : options['no-header'] ? false : undefined,
    format: oneOf(options, 'format', FORMATS),
    encoding: options['encoding'] as string | undefined,
    quoted: options['quoted'] ? true : options['no-quoted'] ? false : undefined,
    delimiter: options['delimiter'] === '\\t' ? '\t' : oneOf(options, 'delimiter', DELIMITERS),
    onBadRow: oneOf(options, 'on-bad-row', ON_BAD_ROW),
    maxLength: whole(options, 'max-length', 2),
    rows: whole(options, 'rows', 1),
    batch: whole(options, 'batch', 1),
    seed: whole(options, 'seed', 0) ?? 1,
    onProgress: stderr.isTTY
      ? (done, rows) => void stderr.write(done < rows ? `\r\x1b[2K${done} of ${rows} rows` : '\r\x1b[2K')
      : undefined,
  }
}

/** The task as a scenario would say it. */
function taskOf(options: Options): ScenarioTask | undefined {
  const { task: kind, template, words } = options
  if (kind === undefined && template === undefined && words === undefined) return undefined
  const input = {
    kind: kind ?? (words === undefined ? 'classification' : 'label-words'),
    ...(template === undefined ? {} : { template }),
    ...(words === undefined ? {} : { words: Object.fromEntries((words as string).split(',').map(assignment)) }),
  }
  return parse(taskSchema, input, '--task')
}

function assignment(text: string): [label: string, word: string] {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  throw new InputError('--words', `"${text}"`, 'LABEL=WORD, for every label, with commas between')
}

/** Says on stderr that a figure rests on drawn weights. */
export function tellFresh({ stderr }: Pick<CommandContext, 'stderr'>, fresh: readonly string[]): void {
  if (fresh.length > 0) stderr.write(`drawn from the seed, since the checkpoint lacks them: ${fresh.join(', ')}\n`)
}

/** Says on stderr what was decided about the data. */
export function tellData({ stderr }: Pick<CommandContext, 'stderr'>, report: DataReport): void {
  for (const line of describeData(report)) stderr.write(`${line}\n`)
}

/** --text A,B and --text A --text B are both two columns. */
function textColumns(text: Options[string]): RowsRequest['text'] {
  if (!Array.isArray(text)) return undefined
  const columns = (text as readonly string[]).flatMap((one) => one.split(',')).map((one) => column(one.trim())!)
  return columns.length === 1 ? columns[0] : columns
}

function oneOf<const T extends readonly string[]>(options: Options, name: string, known: T): T[number] | undefined {
  const text = options[name]
  const found = known.find((one) => one === text)
  if (text !== undefined && found === undefined)
    throw new InputError(`--${name}`, `"${String(text)}"`, known.map((one) => JSON.stringify(one)).join(', '))
  return found
}

function column(text: Options[string]): string | number | undefined {
  return typeof text !== 'string' ? undefined : /^\d+$/.test(text) ? Number(text) : text
}

function whole(options: Options, name: string, least: number): number | undefined {
  const text = options[name] as string | undefined
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new InputError(`--${name}`, `"${text}"`, `a whole number from ${least}`)
}
