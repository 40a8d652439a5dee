/** One JSON object per line; columns are its keys. Labels may be strings, numbers or booleans. */
import { InputError } from '#shared/errors/input-error.ts'
import type { ExampleSource } from '../examples.ts'
import { textLines } from '../text-bytes.ts'
import type { Cells } from './record-cells.ts'
import { unknownColumn } from './unknown-column.ts'

export function* jsonlCells(bytes: Uint8Array, source: ExampleSource): Generator<Cells> {
  const text = key(source.text, source.path)
  const label = source.label === null ? null : key(source.label, source.path)
  const pair = source.pair === undefined ? null : key(source.pair, source.path)
  for (const { text: json, line } of textLines(bytes)) {
    const where = `${source.path}:${line}`
    const row = parseObject(json, where)
    yield {
      text: textOf(valueAt(row, text, where), text, where),
      label: label === null ? '' : labelOf(valueAt(row, label, where), label, where),
      pair: pair === null ? undefined : textOf(valueAt(row, pair, where), pair, where),
      line,
    }
  }
}

function key(column: string | number, path: string): string {
  if (typeof column === 'string') return column
  throw new InputError(path, `column position ${column} for a jsonl file`, 'the name of a key, e.g. "text"')
}

function parseObject(json: string, where: string): object {
  if (json.trim() === '') throw new InputError(where, 'an empty line', 'a JSON object (only the end may be empty)')
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InputError(where, `invalid JSON (${error.message})`, 'one JSON object per line', { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new InputError(where, kindOf(value), 'one JSON object per line, e.g. {"text": "...", "label": "..."}')
}

function valueAt(row: object, name: string, where: string): unknown {
  if (Object.hasOwn(row, name)) return (row as Record<string, unknown>)[name]
  throw unknownColumn(where, 'key', name, Object.keys(row))
}

function textOf(value: unknown, name: string, where: string): string {
  if (typeof value === 'string') return value
  throw new InputError(where, `${kindOf(value)} under "${name}"`, 'a string')
}

function labelOf(value: unknown, name: string, where: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new InputError(where, `${kindOf(value)} under "${name}"`, 'a label: a string or a number')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
