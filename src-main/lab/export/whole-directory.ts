/** Directories that appear whole or not at all. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { orInputError } from '#main/models/safetensors/positioned-io.ts'

/** @param fill writes what is to be in it @throws InputError if there is something at `path` already, or nothing can be made there */
export function makeDirectory(path: string, fill: (directory: string) => void): string {
  const expected = 'the name of a new directory in one that can be written'
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && !(found.isDirectory() && readdirSync(path).length === 0))
    throw new InputError(path, 'something that is there already', expected)
  const made = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`)
  try {
    orInputError(path, expected, () => mkdirSync(made))
    fill(made)
    orInputError(path, expected, () => {
      if (found) rmdirSync(path)
      renameSync(made, path)
    })
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return path
}
