/** Turns rows into the tokens of a task, and chooses the head that the task puts on the model. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import { type RowTokens, type TextRow, type Tokenizer, checkTypes } from '#main/models/tokenizer/tokenizer.ts'

export type ScenarioTask = Scenario['task']

export interface TaskTokens extends RowTokens {
  /** True if the row was too long, so that its end was left out. */
  readonly cut?: boolean
}

export interface TaskRows {
  /** @throws InputError for a text that the tokenizer can't cut */
  encode(rows: readonly TextRow[]): Promise<readonly TaskTokens[]>
  readonly head: HeadSpec
  /** The token of the missing word, for a model that fills in a word rather than continues a text. */
  readonly answerId: number | null
}

const CLASSIFICATION: ScenarioTask = { kind: 'classification' }

/** @param otherProblems heads that don't choose one class are taken, too @throws InputError if the model or its tokenizer can't do the task */
export async function taskRows(
  task: ScenarioTask | undefined,
  model: Pick<Model, 'config' | 'directory' | 'requireLanguageHead'>,
  tokenizer: Tokenizer,
  labels: readonly string[],
  maxLength: number,
  otherProblems = false,
): Promise<TaskRows> {
  const own = task ?? CLASSIFICATION
  const decodes = model.config.decoder !== undefined
  if (own.kind !== 'classification') model.requireLanguageHead()
  else if (!otherProblems) refuseOtherProblems(model)
  if (own.kind === 'language-model' && !decodes) {
    throw new InputError('task.kind', `"language-model" with a ${model.config.modelType}`, 'a model that reads from left to right')
  }
  const words = own.kind === 'label-words'
  const mask = words && !decodes ? tokenizer.mask : null
  if (words && !decodes && mask === null) {
    throw new InputError(model.directory, 'a tokenizer without a mask token', 'one with it for task.kind "label-words"')
  }
  if (words && decodes && !own.template.trimEnd().endsWith('{answer}')) {
    throw new InputError(
      'task.template',
      JSON.stringify(own.template),
      'a template that ends with {answer}, since the model goes on from there',
    )
  }
  const least = Math.max(tokenizer.frameLength.single, tokenizer.frameLength.pair)
  if (maxLength <= least) {
    throw new InputError('maximum length', `${maxLength} tokens`, `more than the ${least} special tokens of a row`)
  }
  const encode = own.template === undefined ? plainRows(tokenizer, maxLength) : await promptRows(own.template, tokenizer, maxLength, mask)
  return {
    encode: async (rows) => (await encode(rows)).map((row) => checkTypes(model.directory, row, model.config)),
    head: await headOf(own, tokenizer, labels),
    answerId: mask === null ? null : tokenizer.maskId,
  }
}

/** Classes that exclude each other are what is learnt here. @throws InputError for heads of other problems */
export function refuseOtherProblems({ config: { problem, labelCount }, directory }: Pick<Model, 'config' | 'directory'>): void {
  if (problem === null || problem === 'single_label_classification') return
  const found = labelCount === 1 ? `a head of one output, which is for regression` : `problem_type "${problem}"`
  const expected =
    'classes that exclude each other: eval measures this head as it is; a run with model.head "fresh" trains a new one for the classes of the data'
  throw new InputError(`${directory}/config.json`, found, expected)
}

async function headOf(task: ScenarioTask, tokenizer: Tokenizer, labels: readonly string[]): Promise<HeadSpec> {
  if (task.kind === 'classification') return labels.length
  if (task.kind === 'language-model') return { kind: 'next-word' }
  const { template, words } = task
  const spaced = /\s\{answer\}/.test(template)
  const ids: number[] = []
  for (const label of labels) {
    const word = words ? words[label] : label
    const where = `task.words[${JSON.stringify(label)}]`
    if (word === undefined) throw new InputError(where, 'missing', `a word for each of ${labels.join(', ')}`)
    const tokens = await wordTokens(tokenizer, word, spaced)
    if (tokens.length !== 1)
      throw new InputError(where, `"${word}", which is ${tokens.length} tokens`, 'a word that is one token of the model')
    ids.push(tokens[0]!)
  }
  if (new Set(ids).size < ids.length)
    throw new InputError('task.words', 'the same word for several labels', 'a word of its own for each label')
  return { kind: 'words', ids }
}

/** Tokens of a word behind other text. */
async function wordTokens(tokenizer: Tokenizer, word: string, spaced: boolean): Promise<readonly number[]> {
  const [before, together, alone] = await tokenizer.tokens(['a', `a${spaced ? ' ' : ''}${word}`, word])
  const follows = before!.every((id, i) => together![i] === id)
  return follows && together!.length > before!.length ? together!.slice(before!.length) : alone!
}

function plainRows(tokenizer: Tokenizer, maxLength: number): TaskRows['encode'] {
  return async (rows) => {
    const encoded = await tokenizer.encode(rows, { maxLength })
    // A row of exactly the most tokens may not have been cut.
    const full = encoded.flatMap(({ ids }, i) => (ids.length >= maxLength ? [i] : []))
    const longer = await tokenizer.encode(
      full.map((i) => rows[i]!),
      { maxLength: maxLength + 1 },
    )
    const cut = new Set(full.filter((_, n) => longer[n]!.ids.length > maxLength))
    return encoded.map((row, i) => ({ ...row, cut: cut.has(i) }))
  }
}

type Piece = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'text' | 'pair' | 'answer' }

/** @param mask the token in place of the answer; null if the model continues the text */
async function promptRows(template: string, tokenizer: Tokenizer, maxLength: number, mask: string | null): Promise<TaskRows['encode']> {
  const pieces = piecesOf(template)
  const goesOn = mask === null && pieces.some(({ kind }) => kind === 'answer')
  const filled = ({ text, pair = '' }: TextRow): string => {
    const put = { text, pair, answer: mask ?? '' }
    const prompt = pieces.map((piece) => (piece.kind === 'literal' ? piece.text : put[piece.kind])).join('')
    // The word's token brings its own space.
    return goesOn ? prompt.trimEnd() : prompt
  }
  const prompts = (rows: readonly TextRow[]): Promise<RowTokens[]> =>
    tokenizer.encode(
      rows.map((row) => ({ text: filled(row) })),
      { open: goesOn },
    )
  const [alone] = await prompts([{ text: '' }])
  if (alone!.ids.length >= maxLength) {
    throw new InputError('task.template', `${alone!.ids.length} tokens by itself`, `fewer than the ${maxLength} of a row`)
  }
  return async (rows) => {
    const encoded: TaskTokens[] = await prompts(rows)
    for (const [i, { ids }] of encoded.entries()) {
      if (mask !== null && ids.indexOf(tokenizer.maskId!) !== ids.lastIndexOf(tokenizer.maskId!)) {
        throw new InputError('task.template', `a row with ${mask} in its text`, 'texts without the token that stands for the answer')
      }
      // The template stays whole: what is cut is the end of the longer text.
      if (ids.length <= maxLength) continue
      const fits = await shortened(rows[i]!, async (row) => (await prompts([row]))[0]!, ids.length, maxLength)
      encoded[i] = { ...fits, cut: true }
    }
    return encoded
  }
}

/** The row without so much of the ends of its texts that it fits. @param length that it has as a whole */
async function shortened(
  { text, pair = '' }: TextRow,
  encode: (row: TextRow) => Promise<RowTokens>,
  length: number,
  maxLength: number,
): Promise<RowTokens> {
  let [a, b] = [inWords(text), inWords(pair)]
  for (let over = length - maxLength; ;) {
    const longer = a.length >= b.length ? a : b
    // A word is a token at least, and the only one is cut itself.
    const parts = longer.length === 1 ? [...longer[0]!] : longer
    const kept = parts.slice(0, Math.max(0, parts.length - Math.max(1, Math.floor(over / 2))))
    ;[a, b] = longer === a ? [kept, b] : [a, kept]
    const encoded = await encode({ text: a.join(''), pair: b.join('') })
    over = encoded.ids.length - maxLength
    if (over <= 0) return encoded
  }
}

function inWords(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\s)/)
}

function piecesOf(template: string): Piece[] {
  return template
    .split(/(\{(?:text|pair|answer)\})/)
    .filter((part) => part !== '')
    .map((part): Piece => {
      const place = /^\{(text|pair|answer)\}$/.exec(part)?.[1] as 'text' | 'pair' | 'answer' | undefined
      return place ? { kind: place } : { kind: 'literal', text: part }
    })
}
