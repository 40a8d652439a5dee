/** Errors that name the columns there are. */
import { InputError } from '#shared/errors/input-error.ts'
import { nearest } from '#shared/scenario/nearest-name.ts'

/** The error for a column (or key) that a file does not have, with the name probably meant. */
export function unknownColumn(where: string, what: 'column named' | 'key', name: string, names: readonly string[]): InputError {
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
  return new InputError(where, `no ${what} "${name}"${hint}`, names.length === 0 ? `a ${what} "${name}"` : `one of ${quoted(names)}`)
}

export function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => `"${name}"`)
  return names.length > 12 ? `${shown.join(', ')}, ...` : shown.join(', ')
}
