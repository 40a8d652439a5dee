/** Makes directories that appear whole or not at all. */
import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, statSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { partialPath } from '#main/machine/partial-files.ts'
import { orInputError } from '#main/machine/positioned-io.ts'

/** @param fill writes the content into `directory` @throws InputError if there is something at `path` already, or nothing can be made there */
export function makeDirectory(path: string, fill: (directory: string) => void): string {
  const expected = 'the name of a new directory in one that can be written'
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && !(found.isDirectory() && readdirSync(path).length === 0))
    throw new InputError(path, 'something that is there already', expected)
  const made = partialPath(path)
  try {
    orInputError(path, expected, () => mkdirSync(made))
    fill(made)
    orInputError(path, expected, () => {
      if (found) rmdirSync(path)
      renameSync(made, path)
    })
  } catch (error) {
    // The error names the unfinished directory, which the user doesn't know, so it is worded for the final one.
    if (error instanceof InputError && error.where.startsWith(made))
      throw new InputError(path + error.where.slice(made.length), error.found, error.expected, { cause: error })
    throw error
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return path
}
