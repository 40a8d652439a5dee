/** From label words to class indices: which classes there are, in which order, and the index of each row's word. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleTable } from './examples.ts'

export const MAXIMUM_CLASSES = 1000

/**
 * The classes in index order. The model's own `id2label` if a label of `tables` (the training data) is one of its words, whatever the
 * case, or all are numbers from 0 to C-1; else the distinct labels of the data, sorted (as numbers if all are integers).
 * Hugging Face's placeholders (LABEL_0, LABEL_1, ...) stand for numbers.
 */
export function labelSet(id2label: readonly string[] | null, tables: readonly ExampleTable[]): string[] {
  const distinct = distinctLabels(tables)
  if (id2label !== null && id2label.length >= 2 && id2label.length <= MAXIMUM_CLASSES) {
    const words = new Set(id2label.map(folded))
    // One word in common is enough: the others are then unknown labels, for `labelIndices` to name with their line.
    if (!id2label.every(isPlaceholder) && distinct.some((label) => words.has(folded(label)))) return [...id2label]
    if (distinct.every((label) => words.has(folded(label)))) return [...id2label]
    if (distinct.every((label) => isIndex(label, id2label.length))) {
      return id2label.every(isPlaceholder) ? id2label.map((_, index) => String(index)) : [...id2label]
    }
  }
  if (distinct.length < 2) {
    throw new InputError(
      tables[0]?.path ?? 'labels',
      `one label only (${shown(distinct)})`,
      'at least 2 different labels in the training data',
    )
  }
  return distinct.every(isInteger) ? distinct.sort(byNumber) : distinct.sort(byCodeUnit)
}

/** Class index of each row of `table`, shape [rows]. @throws InputError at the first row whose label is not in `labels` */
export function labelIndices(table: ExampleTable, labels: readonly string[]): Int32Array {
  const indexOf = wordIndex(labels)
  // Numbers stand for words only where the words are not numbers themselves, and for the whole file or not at all.
  const numbered = !labels.some(isInteger) && isInteger(table.labels[0] ?? '')
  return Int32Array.from(table.labels, (label, row) => {
    const index = numbered && isIndex(label, labels.length) ? Number(label) : indexOf(label)
    if (index !== undefined) return index
    throw new InputError(`${table.path}:${table.lines[row] ?? row + 1}`, `the unknown label "${label}"`, `one of ${shown(labels)}`)
  })
}

function distinctLabels(tables: readonly ExampleTable[]): string[] {
  const distinct = new Set<string>()
  for (const { path, labels, lines } of tables) {
    for (const [row, label] of labels.entries()) {
      distinct.add(label)
      if (distinct.size > MAXIMUM_CLASSES) {
        const found = `a label number ${MAXIMUM_CLASSES + 1} ("${label}")`
        throw new InputError(`${path}:${lines[row] ?? row + 1}`, found, `at most ${MAXIMUM_CLASSES} classes (is this the label column?)`)
      }
    }
  }
  return [...distinct]
}

/** The class a word names. Exact words first; a word in another case counts where it can mean one class only. */
export function wordIndex(labels: readonly string[]): (word: string) => number | undefined {
  const exact = new Map(labels.map((label, index) => [label, index]))
  const anyCase = new Map<string, number | undefined>()
  for (const [index, label] of labels.entries()) anyCase.set(folded(label), anyCase.has(folded(label)) ? undefined : index)
  return (word) => exact.get(word) ?? anyCase.get(folded(word))
}

function folded(label: string): string {
  return label.trim().toLowerCase()
}

function isPlaceholder(label: string, index: number): boolean {
  return label.toUpperCase() === `LABEL_${index}`
}

function isInteger(label: string): boolean {
  return /^[+-]?\d+$/.test(label)
}

function isIndex(label: string, classes: number): boolean {
  return /^\d+$/.test(label) && Number(label) < classes
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b) || byCodeUnit(a, b)
}

/** Not by locale: the order of classes must be the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** For messages: quoted, the first dozen. */
export function shown(labels: readonly string[]): string {
  const some = labels.slice(0, 12).map((label) => `"${label}"`)
  return labels.length > 12 ? `${some.join(', ')}, ... (${labels.length} labels)` : some.join(', ')
}
