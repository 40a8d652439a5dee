/** Files that appear whole or not at all. */
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import { partialPath } from './partial-files.ts'
import { orInputError } from './positioned-io.ts'

/** @throws InputError if no file can be put at `path` */
export function checkWritable(path: string): void {
  const expected = 'a file name in a directory that can be written'
  orInputError(path, expected, () => {
    const directory = dirname(path)
    if (!statSync(directory).isDirectory()) throw new InputError(path, `${directory} is not a directory`, expected)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new InputError(path, 'a directory', expected)
    accessSync(directory, constants.W_OK)
  })
}

/** Replaces what stood at `path`. @throws InputError if it can't be written */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  const temporary = partialPath(path)
  try {
    orInputError(path, 'a file name in a directory that can be written and has room', () => {
      writeFileSync(temporary, contents, { flag: 'wx', flush: true })
      renameSync(temporary, path)
    })
  } finally {
    rmSync(temporary, { force: true })
  }
}
