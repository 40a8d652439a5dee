/** Reads a cell of a table as a text or as the word of a label. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ColumnChoice } from './examples.ts'
import { kindOf } from './formats/raw-table.ts'

/** The class number by which data sets say that a row has none. */
const UNLABELLED = -1

export function columnName(column: ColumnChoice): string {
  return typeof column === 'string' ? `column "${column}"` : `column ${column}`
}

/** A string, or a list of words joined by spaces. @throws InputError for anything else */
export function textOf(value: unknown, column: ColumnChoice, where: string): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value.join(' ')
  throw new InputError(where, `${kindOf(value)} under "${column}"`, 'a string')
}

/**
 * The word of a label without white space around it; the class's name where the source has names for numbers.
 * @throws InputError for what can't be one: nothing, a list, a number that no class has
 */
export function labelOf(value: unknown, classNames: readonly string[] | null, column: ColumnChoice, where: string): string {
  if (classNames !== null) {
    const number = classNumber(value, classNames)
    if (number === UNLABELLED)
      throw new InputError(where, `class -1 under "${column}", which means no class`, 'a class in every row (test splits often have none)')
    if (number !== null && classNames[number] !== undefined) return classNames[number]
    if (number !== null) throw new InputError(where, `class ${number} under "${column}"`, `0 to ${classNames.length - 1}`)
  }
  if (typeof value === 'string') {
    if (value.trim() === '') throw new InputError(where, `an empty label (${columnName(column)})`, 'a label in every row')
    return value.trim()
  }
  if (typeof value === 'number' && Number.isNaN(value)) throw new InputError(where, `NaN under "${column}"`, 'a label in every row')
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw new InputError(where, `${kindOf(value)} under "${column}"`, 'a label: a string or a number')
}

/**
 * The words of several labels as a list in JSON: those of a list, or of the text of one as it stands. Nothing at all is no label.
 * @throws InputError as `labelOf`, for any of them
 */
export function labelsOf(value: unknown, classNames: readonly string[] | null, column: ColumnChoice, where: string): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((one) => labelOf(one, classNames, column, where)))
  if (typeof value === 'string') return value.trim()
  return labelOf(value, classNames, column, where)
}

/** Returns the number of a class that has a name; null for anything but a whole number. */
function classNumber(value: unknown, names: readonly string[]): number | null {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isInteger(value) ? value : null
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string' || names.includes(value.trim())) return null
  return /^[+-]?\d+(\.0+)?$/.test(value.trim()) ? Number(value) : null
}
