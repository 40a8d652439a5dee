/** How a task turns rows into tokens, and what head it puts on the model. */
import { InputError } from '#shared/errors/input-error.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { HeadSpec } from '#main/models/head-spec.ts'
import type { Model } from '#main/models/model.ts'
import type { Tokenizer } from '#main/models/tokenizer.ts'

export type Task = Scenario['task']

export interface RowTokens {
  readonly ids: Int32Array
  readonly second?: number
  /** Whether the row was longer than may be, and its end was left out. */
  readonly cut?: boolean
}

export interface TaskRows {
  encode(text: string, pair: string | undefined): RowTokens
  readonly head: HeadSpec
  /** The token that stands for the missing word, where the model fills in rather than goes on. */
  readonly answerId: number | null
}

const CLASSIFICATION: Task = { kind: 'classification' }

/** @throws InputError if the model or its tokenizer can't do the task */
export function taskRows(
  task: Task | undefined,
  model: Pick<Model, 'config' | 'directory' | 'requireLanguageHead'>,
  tokenizer: Tokenizer,
  labels: readonly string[],
  maxLength: number,
): TaskRows {
  const own = task ?? CLASSIFICATION
  const decodes = model.config.decoder !== undefined
  if (own.kind === 'classification') refuseOtherProblems(model)
  else model.requireLanguageHead()
  if (own.kind === 'language-model' && !decodes) {
    throw new InputError('task.kind', `"language-model" with a ${model.config.modelType}`, 'a model that reads from left to right')
  }
  const words = own.kind === 'label-words'
  const answerId = words && !decodes ? tokenizer.maskId : null
  if (words && !decodes && answerId === null) {
    throw new InputError(model.directory, 'a tokenizer without a mask token', 'one with it for task.kind "label-words"')
  }
  if (words && decodes && !own.template.trimEnd().endsWith('{answer}')) {
    throw new InputError(
      'task.template',
      JSON.stringify(own.template),
      'a template that ends with {answer}, since the model goes on from there',
    )
  }
  const encode = own.template === undefined ? plainRows(tokenizer, maxLength) : promptRows(own.template, tokenizer, maxLength, answerId)
  return { encode, head: headOf(own, tokenizer, labels), answerId }
}

/** Classes that exclude each other are what is computed here. */
function refuseOtherProblems({ config: { problem, labelCount }, directory }: Pick<Model, 'config' | 'directory'>): void {
  if (problem === null || problem === 'single_label_classification') return
  const found = labelCount === 1 ? `a head of one output, which is for regression` : `problem_type "${problem}"`
  const expected = 'single_label_classification with at least 2 labels; or model.head "fresh" in a scenario, which trains a new head'
  throw new InputError(`${directory}/config.json`, found, expected)
}

function headOf(task: Task, tokenizer: Tokenizer, labels: readonly string[]): HeadSpec {
  if (task.kind === 'classification') return labels.length
  if (task.kind === 'language-model') return { kind: 'next-word' }
  const { template, words } = task
  const spaced = /\s\{answer\}/.test(template)
  const ids = labels.map((label) => {
    const word = words ? words[label] : label
    const where = `task.words[${JSON.stringify(label)}]`
    if (word === undefined) throw new InputError(where, 'missing', `a word for each of ${labels.join(', ')}`)
    const tokens = wordTokens(tokenizer, word, spaced)
    if (tokens.length === 1) return tokens[0]!
    throw new InputError(where, `"${word}", which is ${tokens.length} tokens`, 'a word that is one token of the model')
  })
  if (new Set(ids).size < ids.length)
    throw new InputError('task.words', 'the same word for several labels', 'a word of its own for each label')
  return { kind: 'words', ids }
}

/** Tokens of a word behind other text. */
function wordTokens(tokenizer: Tokenizer, word: string, spaced: boolean): readonly number[] {
  const before = tokenizer.tokens('a')
  const together = tokenizer.tokens(`a${spaced ? ' ' : ''}${word}`)
  const follows = before.every((id, i) => together[i] === id)
  return follows && together.length > before.length ? together.slice(before.length) : tokenizer.tokens(word)
}

function plainRows(tokenizer: Tokenizer, maxLength: number): TaskRows['encode'] {
  const encode = (text: string, pair: string | undefined, most: number): RowTokens =>
    pair === undefined ? { ids: tokenizer.encode(text, most) } : tokenizer.encodePair(text, pair, most)
  return (text, pair) => {
    const row = encode(text, pair, maxLength)
    // A row that is full may just fit.
    const cut = row.ids.length >= maxLength && encode(text, pair, maxLength + 1).ids.length > maxLength
    return { ...row, cut }
  }
}

type Piece = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'text' | 'pair' | 'answer' }

function promptRows(template: string, tokenizer: Tokenizer, maxLength: number, answerId: number | null): TaskRows['encode'] {
  const pieces = piecesOf(template)
  const answer = pieces.findIndex(({ kind }) => kind === 'answer')
  const goesOn = answer >= 0 && answerId === null
  const front = answer < 0 ? pieces : pieces.slice(0, answer)
  const behind = answer < 0 || goesOn ? [] : pieces.slice(answer + 1)
  const filled = (some: readonly Piece[], text: string, pair: string): string =>
    some.map((piece) => (piece.kind === 'literal' ? piece.text : piece.kind === 'pair' ? pair : text)).join('')
  const inner = (text: string, pair: string): number[] => [
    // The word's token brings its own space.
    ...tokenizer.tokens(answer < 0 ? filled(front, text, pair) : filled(front, text, pair).trimEnd()),
    ...(answerId === null || answer < 0 ? [] : [answerId]),
    ...tokenizer.tokens(filled(behind, text, pair)),
  ]
  return (text, pair = '') => {
    const whole = inner(text, pair)
    const room = maxLength - (goesOn ? tokenizer.frameLength - tokenizer.behindLength : tokenizer.frameLength)
    const over = whole.length - room
    // The template stays whole: what is cut is the end of the longer text.
    const ids = over <= 0 ? whole : inner(...shortened(text, pair, over, inner, room))
    return { ids: tokenizer.framed(ids, maxLength, !goesOn), cut: over > 0 }
  }
}

/** The texts without so much of their ends that the prompt fits. */
function shortened(
  text: string,
  pair: string,
  over: number,
  inner: (text: string, pair: string) => number[],
  room: number,
): [text: string, pair: string] {
  let [a, b] = [text.split(/(?<=\s)/), pair.split(/(?<=\s)/)]
  for (let left = over; left > 0; left = inner(a.join(''), b.join('')).length - room) {
    const longer = a.length >= b.length ? a : b
    if (longer.length === 0) break
    // A word is a token at least.
    const kept = longer.slice(0, Math.max(0, longer.length - Math.max(1, Math.floor(left / 2))))
    ;[a, b] = longer === a ? [kept, b] : [a, kept]
  }
  return [a.join(''), b.join('')]
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
