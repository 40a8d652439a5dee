/** Finds the file paths in a scenario's input, and makes them absolute. */
import { isAbsolute, resolve } from 'node:path'

/** Stands for every element of a list where a path has a key. */
const EACH = '*'

/** The keys under which a scenario names files; `builtin:` names are not files. */
const FILE_KEYS = [
  ['model', 'checkpoint'],
  ['model', 'adapter', 'from'],
  ['data', 'train', 'path'],
  ['data', 'test', 'path'],
  ['data', 'public', 'source', 'path'],
  ['fleet', EACH, 'trace'],
  ['fleet', EACH, 'traceUp'],
  ['federation', 'availability', 'path'],
  ['profiles'],
] as const

/** Makes every path of a scenario's input absolute, whatever else may be wrong with it. */
export function withAbsolutePaths(input: unknown, base: string): unknown {
  return FILE_KEYS.reduce((changed: unknown, keys) => atKeys(changed, keys, (path) => absolute(path, base)), input)
}

/** A file that a scenario names, and the key that names it. */
interface NamedFile {
  readonly keys: readonly (string | number)[]
  readonly path: string
}

/** The files that a scenario's input names, `builtin:` ones left out. */
export function scenarioFiles(input: unknown): NamedFile[] {
  return FILE_KEYS.flatMap((keys) => filesAt(input, keys, []))
}

function filesAt(value: unknown, [key, ...rest]: readonly string[], before: readonly (string | number)[]): NamedFile[] {
  if (key === undefined) return typeof value === 'string' && !value.startsWith('builtin:') ? [{ keys: before, path: value }] : []
  if (key === EACH) return Array.isArray(value) ? value.flatMap((element, i) => filesAt(element, rest, [...before, i])) : []
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return []
  return filesAt((value as Record<string, unknown>)[key], rest, [...before, key])
}

function absolute(path: unknown, base: string): unknown {
  if (typeof path !== 'string' || path === '' || path.startsWith('builtin:')) return path
  return isAbsolute(path) ? path : resolve(base, path)
}

/** A copy of `input` with one value changed, or `input` itself where it has no such value. */
function atKeys(input: unknown, keys: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return change(input)
  if (key === EACH) return Array.isArray(input) ? input.map((element) => atKeys(element, rest, change)) : input
  if (typeof input !== 'object' || input === null || Array.isArray(input) || !Object.hasOwn(input, key)) return input
  return { ...input, [key]: atKeys((input as Record<string, unknown>)[key], rest, change) }
}
