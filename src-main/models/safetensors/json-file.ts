/** Reads one JSON file of a model directory, of bounded size. */
import { statSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { readRegular } from '#main/data/regular-file.ts'
import { kindOfFile } from '#main/data/file-kinds.ts'
import { orInputError } from '#main/machine/positioned-io.ts'

/** The parsed object, or InputError saying that `path` is missing (with `purpose`: what it should be), too large or no JSON object. */
export function readJsonObject(path: string, maximumBytes: number, purpose: string): object {
  const text = orInputError(path, purpose, () => {
    const status = statSync(path)
    if (!status.isFile()) throw new InputError(path, 'not a regular file', purpose)
    if (status.size > maximumBytes)
      throw new InputError(path, `a file of ${status.size} bytes`, `${purpose}, at most ${maximumBytes} bytes`)
    return readRegular(path, purpose).toString('utf8')
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const kind = kindOfFile(Buffer.from(text, 'utf8'))
    if (kind) throw new InputError(path, kind.name, kind.id === 'pointer' ? kind.advice! : purpose, { cause })
    throw new InputError(path, `not JSON (${(cause as Error).message})`, purpose, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new InputError(path, 'not a JSON object', purpose)
  return value
}
