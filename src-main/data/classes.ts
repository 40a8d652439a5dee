/**
 * Decides which classes there are, in which order, and which words of the data stand for them. The order is the model's where
 * its head is stored, since its outputs are numbered already. The user is asked where the order can't be known, because a wrong one gives an accuracy
 * that looks like a bad model.
 */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable, OnBadRow } from './examples.ts'
import { FRACTION_WAY_OUT, fraction, refusal, shown } from './label-errors.ts'
import { firstNumberOf, folded, isFraction, isPlaceholder, meansNoClass, truthValue, wholeNumber, wordIndex } from './label-words.ts'

const MAXIMUM_CLASSES = 1000
/** More labels than this, most of them on one row alone, are no classes. */
const FEW_CLASSES = 20
const ONE_BY_ONE =
  '"classes" in a scenario\'s data, or --classes A,B,C in the order of the model\'s outputs; model.head "fresh" in a scenario trains another head'

/** The classes as the model's configuration and head give them. */
export interface ClassHead {
  /** `id2label` in order; null without it. */
  readonly names: readonly string[] | null
  /** Outputs of the head in the checkpoint; null where the head is to be drawn. */
  readonly outputs: number | null
}

export const NO_HEAD: ClassHead = { names: null, outputs: null }

/** The classes, and the words of the data that stand for them. */
export interface Classes {
  /** Names in the order of the outputs. */
  readonly labels: readonly string[]
  /** Other words for the classes: a name in the data and the index it has. */
  readonly also: ReadonlyMap<string, number>
  /** The number of class 0 where numbers stand for classes by their order; null where they don't. */
  readonly firstNumber: number | null
}

interface ClassesOptions {
  /** Names in the order of the outputs, by the user. */
  readonly given?: readonly string[] | undefined
  /** How to treat a row that says it has no class: refuse it with an error, or leave it out later. @default refuse */
  readonly onBadRow?: OnBadRow | undefined
}

/**
 * The classes of a model on some data.
 * @param table the rows that decide: those that are trained on, or measured
 * @throws InputError where the order can't be known, or the labels are no classes
 */
export function classesOf(head: ClassHead, table: ExampleTable, { given, onBadRow = 'refuse' }: ClassesOptions = {}): Classes {
  if (given !== undefined) return chosen(head, given)
  const names = head.names?.every(isPlaceholder) ? null : head.names
  const known = new Set([...(names ?? []), ...(table.classNames ?? [])].map(folded))
  const words = distinctWords(table, (word) => known.has(folded(word)), onBadRow)
  const outputs = head.outputs ?? (names ?? head.names)?.length ?? null
  return (
    byHead(head, names, table, words) ??
    byDescription(head, table, outputs) ??
    byNumber(words, outputs, head, table) ??
    byTruth(words, outputs) ??
    byName(head, words, table)
  )
}

/** Takes the order of classes that the user gave. */
function chosen({ outputs }: ClassHead, given: readonly string[]): Classes {
  if (new Set(given).size < given.length) throw new InputError('data.classes', shown(given), 'different names')
  if (given.length < 2 || (outputs !== null && outputs !== given.length)) {
    throw new InputError(
      'data.classes',
      `${given.length} classes (${shown(given)})`,
      outputs === null ? 'at least 2' : `${outputs}, the model's outputs`,
    )
  }
  return { labels: [...given], also: NONE, firstNumber: given.some((name) => wholeNumber(name) !== null) ? null : 0 }
}

const NONE: ReadonlyMap<string, number> = new Map()

/** Uses the model's class names, if the data uses them or has numbers for them. */
function byHead({ outputs }: ClassHead, names: readonly string[] | null, table: ExampleTable, words: readonly string[]): Classes | null {
  if (names === null || names.length < 2 || names.length > MAXIMUM_CLASSES) return null
  const labels = [...names]
  const indexOf = wordIndex(names)
  const own = table.classNames
  if (own && own.every((name) => indexOf(name) !== undefined)) return { labels, also: NONE, firstNumber: 0 }
  const shares = own?.some((name) => indexOf(name) !== undefined)
  if (own && own.length === names.length && (outputs !== null || shares)) {
    const moved = own.find((name, number) => indexOf(name) !== undefined && indexOf(name) !== number)
    if (moved === undefined) return { labels, also: new Map(own.map((name, number) => [name, number])), firstNumber: 0 }
    throw new InputError(table.path, `the classes ${shown(own)} for a model with ${shown(names)}`, `names in common, or ${ONE_BY_ONE}`)
  }
  // One word in common is enough: the others are then unknown labels, which are reported with their line.
  if (words.some((word) => indexOf(word) !== undefined)) return { labels, also: NONE, firstNumber: numbersNothing(names) ? null : 0 }
  const first = firstNumberOf(words, names.length)
  const named = byNumberInName(names, words, first, table)
  if (named !== null) return { labels, also: named, firstNumber: null }
  if (first !== null) return { labels, also: NONE, firstNumber: first }
  if (names.length === 2 && words.length > 0 && words.every((word) => truthValue(word) !== null))
    return { labels, also: TRUTH, firstNumber: 0 }
  if (outputs === null) return null
  throw new InputError(table.path, `the labels ${shown(words)}`, `${shown(names)}, the model's classes, their numbers, or ${ONE_BY_ONE}`)
}

/**
 * The classes that numbers of the data mean where each name of the model has a number of its own, such as "3 stars".
 * @param first the number of class 0 if the numbers were those of the outputs @returns null where they are, or nothing says so
 */
function byNumberInName(
  names: readonly string[],
  words: readonly string[],
  first: number | null,
  table: ExampleTable,
): ReadonlyMap<string, number> | null {
  const inNames = names.map((name) => (/^\D*(\d+)\D*$/.exec(name) ? Number(/\d+/.exec(name)![0]) : null))
  if (inNames.includes(null) || new Set(inNames).size < names.length) return null
  const numbers = words.map(wholeNumber)
  if (words.length === 0 || !numbers.every((number) => inNames.includes(number))) return null
  const alike = first !== null && numbers.every((number) => inNames.indexOf(number) === number! - first)
  if (alike) return null
  if (first === 0) {
    const found = `the labels ${shown(words)}, which may be numbers of the outputs or those in the names ${shown(names)}`
    const inOrder = names.map((_, index) => index)
    throw new InputError(
      table.path,
      found,
      `--classes ${inOrder.join(',')} or --classes ${inNames.join(',')} ("classes" in a scenario's data)`,
    )
  }
  return new Map(inNames.map((number, index) => [String(number), index]))
}

const TRUTH: ReadonlyMap<string, number> = new Map([
  ['false', 0],
  ['False', 0],
  ['FALSE', 0],
  ['true', 1],
  ['True', 1],
  ['TRUE', 1],
])

function numbersNothing(names: readonly string[]): boolean {
  return names.some((name) => wholeNumber(name) !== null)
}

/** Names that the data itself has in the order of their numbers. */
function byDescription({ outputs }: ClassHead, table: ExampleTable, expected: number | null): Classes | null {
  const own = table.classNames
  if (!own || own.length < 2 || own.length > MAXIMUM_CLASSES) return null
  if (outputs !== null && expected !== null && own.length !== outputs) {
    throw new InputError(
      table.path,
      `${own.length} classes (${shown(own)})`,
      `${outputs}, the outputs of the model's head; model.head "fresh" in a scenario trains another head`,
    )
  }
  return { labels: [...own], also: NONE, firstNumber: own.some((name) => wholeNumber(name) !== null) ? null : 0 }
}

/** Whole numbers are classes in their order; under a head, from 0 or from 1. */
function byNumber(words: readonly string[], expected: number | null, { outputs }: ClassHead, table: ExampleTable): Classes | null {
  const numbers = words.map(wholeNumber)
  if (words.length === 0 || numbers.includes(null)) return null
  const there = [...new Set(numbers as number[])].sort((a, b) => a - b)
  const first = expected === null ? null : firstNumberOf(words, expected)
  if (first !== null) return { labels: Array.from({ length: expected! }, (_, i) => String(first + i)), also: NONE, firstNumber: null }
  if (outputs !== null) {
    throw new InputError(
      table.path,
      `the labels ${shown(there.map(String))}`,
      `numbers from 0 to ${outputs - 1}, the outputs of the model's head, or ${ONE_BY_ONE}`,
    )
  }
  atLeastTwo(there.map(String), table)
  return { labels: there.map(String), also: NONE, firstNumber: null }
}

function byTruth(words: readonly string[], expected: number | null): Classes | null {
  if (words.length === 0 || words.some((word) => truthValue(word) === null) || (expected ?? 2) !== 2) return null
  return { labels: ['false', 'true'], also: TRUTH, firstNumber: 0 }
}

/** Words in the order of their letters, for a head that is to be drawn: a stored one has an order of its own that nothing tells. */
function byName({ outputs, names }: ClassHead, words: readonly string[], table: ExampleTable): Classes {
  const placeholders = names ?? (outputs === null ? null : Array.from({ length: outputs }, (_, i) => `LABEL_${i}`))
  if (placeholders && words.length > 0 && words.every((word) => wordIndex(placeholders)(word) !== undefined)) {
    return { labels: [...placeholders], also: NONE, firstNumber: 0 }
  }
  if (outputs !== null) {
    const found = `the labels ${shown(words)} for a head of ${outputs} outputs that has no names for them`
    throw new InputError(table.path, found, `numbers from 0 to ${outputs - 1}, or ${ONE_BY_ONE}`)
  }
  const byFolded = Map.groupBy(words, folded)
  const alike = [...byFolded.values()].find((same) => same.length > 1)
  if (alike) {
    throw new InputError(table.path, `labels that differ by case or spaces only (${shown(alike)})`, `one spelling, or ${ONE_BY_ONE}`)
  }
  atLeastTwo(words, table)
  return { labels: [...words].sort(byCodeUnit), also: NONE, firstNumber: null }
}

function atLeastTwo(words: readonly string[], { path, texts }: ExampleTable): void {
  if (words.length < 2) throw new InputError(path, `one label only (${shown(words)})`, 'at least 2 different labels in the training data')
  if (words.length > FEW_CLASSES && 2 * words.length > texts.length) {
    const found = `${words.length} different labels in ${texts.length} rows (${shown(words.slice(0, 3))}, ...)`
    throw new InputError(path, found, 'a column of classes (is this the label column?)')
  }
}

/** Words of the data that can be classes, each once. @param isName whether a class is called so, whatever it looks like */
function distinctWords({ path, labels, lines }: ExampleTable, isName: (word: string) => boolean, onBadRow: OnBadRow): string[] {
  const distinct = new Set<string>()
  for (const [row, label] of labels.entries()) {
    if (distinct.has(label)) continue
    if (!isName(label) && (meansNoClass(label) || isFraction(label))) {
      if (onBadRow === 'skip') continue
      throw refusal(path, lines[row] ?? row + 1, label)
    }
    distinct.add(label)
    if (distinct.size > MAXIMUM_CLASSES) {
      const found = `a label number ${MAXIMUM_CLASSES + 1} ("${label}")`
      throw new InputError(`${path}:${lines[row] ?? row + 1}`, found, `at most ${MAXIMUM_CLASSES} classes (is this the label column?)`)
    }
  }
  if (distinct.size > 0) return [...distinct]
  const [first] = labels
  if (first !== undefined && isFraction(first)) throw new InputError(`${path}:${lines[0]}`, fraction(first), FRACTION_WAY_OUT)
  throw new InputError(
    path,
    `no row with a class (all are ${shown([...new Set(labels)])})`,
    'rows with labels, such as the validation split',
  )
}

/** Compares by code unit and not by locale, since the order of classes must be the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
