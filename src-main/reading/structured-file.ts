/** Reads a JSON or YAML file into plain values. Whatever is wrong with it is an InputError that names the line where it can. */
import { statSync } from 'node:fs'
import { extname } from 'node:path'
import { isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { readRegular } from '#main/data/regular-file.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { describe } from '#shared/scenario/issues.ts'

const MAX_FILE_BYTES = 2 ** 20
const FORMATS = new Map([
  ['.json', parseJson],
  ['.yaml', parseYaml],
  ['.yml', parseYaml],
])

/** The value in a JSON or YAML file of at most 1 MiB; `shown` names it in errors. */
export function readStructured(file: string, shown: string): unknown {
  const parseText = FORMATS.get(extname(file).toLowerCase())
  const text = readText(file, shown)
  if (parseText === undefined) throw new InputError(shown, `a file named *${extname(file)}`, 'a scenario in a .json, .yaml or .yml file')
  if (text.trim() === '') throw new InputError(shown, 'an empty file', 'a scenario with model, data and fleet')
  return parseText(text, shown)
}

function readText(file: string, shown: string): string {
  const allowed = 'a scenario file that can be read'
  try {
    const status = statSync(file)
    if (status.isDirectory()) throw new InputError(shown, 'a directory', allowed)
    if (!status.isFile()) throw new InputError(shown, 'not a regular file', allowed)
    if (status.size > MAX_FILE_BYTES) throw new InputError(shown, `${status.size} bytes`, 'a scenario of at most 1 MiB')
    return new TextDecoder('utf-8', { fatal: true }).decode(readRegular(file, allowed))
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = (error as NodeJS.ErrnoException).code
    const found =
      code === 'ENOENT' ? 'no such file' : code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'text that is not UTF-8' : messageOf(error)
    throw new InputError(shown, found, allowed, { cause: error })
  }
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new InputError(`${shown}:${lineOfJsonError(text)}`, messageOf(error), 'JSON', { cause: error })
  }
}

/**
 * The first line by whose end the text can no longer be continued to JSON. V8 gives a position only for some errors, so this
 * asks it about the first so many lines, by bisection: an error at their very end only means that more must follow.
 */
function lineOfJsonError(text: string): number {
  const lines = text.split('\n')
  let [good, bad] = [0, lines.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (canContinue(lines.slice(0, middle).join('\n'))) good = middle
    else bad = middle
  }
  return bad
}

function canContinue(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const message = messageOf(error)
    return message.startsWith('Unexpected end') || Number(/position (\d+)/.exec(message)?.[1] ?? -1) >= beginning.length
  }
}

function parseYaml(text: string, shown: string): unknown {
  const lines = new LineCounter()
  const refuse = (offset: number, found: string) => new InputError(`${shown}:${lines.linePos(offset).line}`, found, 'YAML')
  try {
    // The library compares each key of a map with all others: a file of 1 MiB would take minutes.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false })
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem !== undefined) throw refuse(problem.pos[0], problem.message)
    visit(document, {
      Map(_, map) {
        const seen = new Set<unknown>()
        for (const { key } of map.items) {
          if (!isScalar(key)) continue
          if (seen.has(key.value)) throw refuse(key.range?.[0] ?? 0, `key ${describe(key.value)} a second time`)
          seen.add(key.value)
        }
      },
    })
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    if (error instanceof InputError) throw error
    const found = error instanceof RangeError ? 'lists or objects nested too deeply' : messageOf(error)
    throw new InputError(shown, found, 'YAML', { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
