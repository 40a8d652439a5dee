/**
 * Decides whether the first line of a table names its columns. Its cells must look like names: none is a number or long, and none occurs twice unless
 * customary names stand beside it. In addition something must speak for names: a customary column name, a column that holds only numbers below, or a
 * column whose few different values repeat below without that word while every text has several words. Otherwise the line is a row like the others.
 */
import { isLabelTitle, isTitle } from './titles.ts'

const MOST_WORDS = 4
const MOST_CHARACTERS = 60
const NUMBER = /^[+-]?(\d[\d_,]*\.?\d*|\.\d+)([eE][+-]?\d+)?%?$/
/** A cell of these says nothing of its column. */
const NOTHING = /^(|-|nan|na|n\/a|null|none|\?)$/i
/** Sentences end with such a character, names don't. */
const SENTENCE = /[.!?…:;]$/u

/** @param first cells of line 1 @param below those of the lines that follow, some hundred at most */
export function isHeader(first: readonly string[], below: readonly (readonly string[])[]): boolean {
  const cells = first.map((cell) => cell.trim())
  const named = cells.filter((cell) => cell !== '')
  const repeated = new Set(named).size < named.length
  // Names that occur twice are names all the same beside customary ones.
  const customary = named.some(isLabelTitle) && named.some((cell) => isTitle(cell) && !isLabelTitle(cell))
  if (named.length === 0 || (repeated && !customary) || !named.every(couldName)) return false
  const column = (at: number): string[] => below.map((row) => row[at]?.trim() ?? '').filter((cell) => !NOTHING.test(cell))
  // A word that occurs again below is a label, not the name of a column.
  if (cells.some((cell, at) => cell !== '' && column(at).includes(cell))) return false

  const single = named.every((cell) => !/\s/.test(cell))
  const titles = named.filter(isTitle).length
  if (named.some(isLabelTitle) && (single || titles > 1)) return true
  if (titles > 1 || (titles === 1 && single && (below.length > 0 || named.length > 1))) return true
  const numbersBelow = cells.some((cell, at) => cell !== '' && column(at).length > 0 && column(at).every((value) => NUMBER.test(value)))
  if (numbersBelow) return true
  return single && below.length >= 4 && cells.some((_, at) => repeats(column(at))) && cells.some((_, at) => areTexts(column(at)))
}

function couldName(cell: string): boolean {
  if (NUMBER.test(cell) || NOTHING.test(cell) || SENTENCE.test(cell) || cell.length > MOST_CHARACTERS) return false
  return cell.split(/\s+/).length <= MOST_WORDS
}

function repeats(values: readonly string[]): boolean {
  return values.length >= 4 && new Set(values).size <= values.length / 2
}

function areTexts(values: readonly string[]): boolean {
  return values.length >= 4 && values.every((value) => /\s/.test(value))
}
