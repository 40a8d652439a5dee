/** Reads one JSON file of a model directory, of bounded size. */
import { readFileSync, statSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { orInputError } from './positioned-io.ts'

/** The parsed content, or InputError saying that `path` is missing (with `purpose`: what it should be), too large or not JSON. */
export function readJsonFile(path: string, maximumBytes: number, purpose: string): unknown {
  const text = orInputError(path, purpose, () => {
    const status = statSync(path)
    if (!status.isFile()) throw new InputError(path, 'not a regular file', purpose)
    if (status.size > maximumBytes)
      throw new InputError(path, `a file of ${status.size} bytes`, `${purpose}, at most ${maximumBytes} bytes`)
    return readFileSync(path, 'utf8')
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InputError(path, `not JSON (${(cause as Error).message})`, purpose, { cause })
  }
}
