/** Checks an input against a schema and words what is wrong, as a list for a form and as one line for a shell. */
import * as v from 'valibot'
import { InputError } from '../errors/input-error.ts'
import { UNKNOWN_KEY } from './strict.ts'

export interface Issue {
  /** The path, such as `fleet[1].memoryCap`; empty for the whole input. */
  readonly path: string
  /** The same path as keys and list positions. */
  readonly keys: readonly (string | number)[]
  /** A short phrase for the value found: `missing`, `unknown key`, `"512 MB/s"`. */
  readonly found: string
  /** A short phrase for what would be right. */
  readonly expected: string
}

/** Checks `input`. @returns the output with all defaults, or every issue in the order of the schema */
export function check<S extends v.GenericSchema>(schema: S, input: unknown): { output: v.InferOutput<S> } | { issues: readonly Issue[] } {
  const result = v.safeParse(schema, input, { abortPipeEarly: true })
  return result.success ? { output: result.output } : { issues: result.issues.map(toIssue) }
}

/** @param where names the file or form @returns the checked output @throws InputError for the first issue, with the number of further ones */
export function parse<S extends v.GenericSchema>(schema: S, input: unknown, where: string): v.InferOutput<S> {
  const result = check(schema, input)
  if ('issues' in result) throw issueError(result.issues, where)
  return result.output
}

/** Turns a non-empty list of issues into an error of one line. */
export function issueError(issues: readonly Issue[], where: string): InputError {
  const { path, found, expected } = issues[0]!
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new InputError(path === '' ? where : `${where}: ${path}`, found, expected + more)
}

/** Formats a path as `fleet[1].memoryCap`; keys that are not plain words are quoted: `data["my file"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`
      if (!/^[A-Za-z_$][\w$]{0,59}$/.test(key)) return `[${describe(key)}]`
      return i === 0 ? key : `.${key}`
    })
    .join('')
}

/** Describes a value in a short phrase: text is quoted and cut, numbers are as they are, lists and objects are named by kind. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value)
}

function toIssue(issue: v.BaseIssue<unknown>): Issue {
  const items = issue.path ?? []
  const keys = items.map((item) => item.key as string | number)
  const value = items.length > 0 ? items.at(-1)?.value : issue.input
  const found = issue.expected === UNKNOWN_KEY ? 'unknown key' : describe(value)
  return { path: formatPath(keys), keys, found, expected: issue.message }
}

/**
 * Makes an issue of a rule over several keys, at one of them.
 * @param keys from `input` down to the value that is wrong; all but the last hold objects
 * @param message what would be right
 */
export function issueAt(input: object, keys: readonly string[], message: string) {
  let holder = input as Record<string, unknown>
  const path = keys.map((key) => {
    const step = { type: 'object', origin: 'value', input: { ...holder }, key, value: holder[key] } as const
    holder = holder[key] as Record<string, unknown>
    return step
  })
  return { input: path.at(-1)!.value, message, path: path as [(typeof path)[number], ...typeof path] }
}
