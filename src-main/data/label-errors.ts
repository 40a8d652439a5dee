/** Errors about the labels of rows, and how labels are quoted in messages. */
import { InputError } from '#shared/errors/input-error.ts'
import { isFraction, meansNoClass } from './label-words.ts'

/** Makes the error about a row whose label is no class. @param labels the classes, where they are known already */
export function refusal(path: string, line: number, word: string, labels?: readonly string[]): InputError {
  const where = `${path}:${line}`
  const skip = '--on-bad-row skip ("onBadRow": "skip" in a scenario) leaves such rows out'
  if (meansNoClass(word)) {
    const expected = `a class in every row; ${skip}, --classes with "${word}" among them makes it a class`
    return new InputError(where, `the label "${word}", which means no class`, expected)
  }
  if (isFraction(word)) return new InputError(where, fraction(word), `${FRACTION_WAY_OUT}; ${skip}`)
  return new InputError(where, `the unknown label "${word}"`, `one of ${shown(labels ?? [])}; ${skip}`)
}

export const FRACTION_WAY_OUT = 'a class: a word or a whole number (scores are for a model whose problem_type is regression)'

export function fraction(word: string): string {
  return `the label ${word}, a number with a fraction`
}

/** Quotes the first dozen labels for messages. */
export function shown(labels: readonly string[]): string {
  const some = labels.slice(0, 12).map((label) => `"${label}"`)
  return labels.length > 12 ? `${some.join(', ')}, ... (${labels.length} labels)` : some.join(', ')
}
