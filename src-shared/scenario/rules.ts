/**
 * The building blocks of every schema. A rule's message is the phrase after "expected" in the line the user reads
 * (`issues.ts` adds where and what was found), so one text serves the command line, the form and the JSON schema's reader.
 */
import * as v from 'valibot'
import { nearest } from './nearest-name.ts'

/** Accepts an integer from `min` to `max` that is exactly representable. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  const expected = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(min, expected), v.maxValue(max, expected))
}

/** Accepts a finite number above 0. */
export function positive() {
  const expected = 'a number above 0'
  return v.pipe(v.number(expected), v.finite(expected), v.gtValue(0, expected))
}

/** Accepts a finite number of at least 0. */
export function notNegative() {
  const expected = 'a number of at least 0'
  return v.pipe(v.number(expected), v.finite(expected), v.minValue(0, expected))
}

/** Accepts a share of a whole, 0 and 1 included. */
export function share() {
  const expected = 'a number from 0 to 1'
  return v.pipe(v.number(expected), v.minValue(0, expected), v.maxValue(1, expected))
}

/** Accepts a share from 0 to below 1. */
export function shareBelowOne() {
  const expected = 'a number of at least 0 and below 1'
  return v.pipe(v.number(expected), v.minValue(0, expected), v.ltValue(1, expected))
}

/** Accepts a loss rate from 0 to below 1: some packets must arrive. */
export function lossShare() {
  const expected = 'a number of at least 0 and below 1'
  return v.pipe(v.number(expected), v.minValue(0, expected), v.ltValue(1, expected))
}

/** Accepts a share above 0 and below 1. */
export function properShare() {
  const expected = 'a number above 0 and below 1'
  return v.pipe(v.number(expected), v.gtValue(0, expected), v.ltValue(1, expected))
}

/** The most characters of a text that has no tighter limit, since texts are shown, stored and sent. */
const LONGEST_TEXT = 1000
/** The most characters of a name that a person gives, since names stand in lists. */
export const LONGEST_NAME = 200
/** The most characters of a path; no supported system has longer ones. */
const LONGEST_PATH = 4096

/** Accepts a non-empty string. */
export function text(expected: string, most = LONGEST_TEXT) {
  return v.pipe(v.string(expected), v.nonEmpty(expected), v.maxLength(most, `${expected} of at most ${most} characters`))
}

/** Accepts the name of a file or folder, unless it is one that every system refuses. */
export function filePath(expected: string) {
  return v.pipe(
    text(expected, LONGEST_PATH),
    v.check((path) => !path.includes('\0'), expected),
  )
}

export function flag() {
  return v.boolean('true or false')
}

/** Accepts one of a few words or numbers. */
export function choice<const T extends readonly (string | number)[]>(options: T) {
  return v.picklist(options, (issue) => withHint(orList(options.map((option) => JSON.stringify(option))), issue.input, options))
}

/** Accepts an object whose schema depends on its `kind`. */
export function kinds<const T extends v.VariantOptions<'kind'>>(options: T) {
  const names = options.map((option) => literalOf((option as unknown as { entries: { kind: KindEntry } }).entries.kind))
  const list = orList(names.map((name) => JSON.stringify(name)))
  return v.variant('kind', options, (issue) =>
    issue.path === undefined ? `an object with kind ${list}` : withHint(list, issue.input, names),
  )
}

/** `kind` of one option; the option that is meant without a kind has it optional. */
type KindEntry = { readonly literal: string } | { readonly wrapped: KindEntry }

function literalOf(entry: KindEntry): string {
  return 'literal' in entry ? entry.literal : literalOf(entry.wrapped)
}

/** Marks a key that must be present. */
export function required<const S extends v.GenericSchema>(description: string, schema: S): S {
  // The metadata comes right after the head of the pipe, since the JSON schema of an input ends at the first transformation.
  const [head, ...rest] = 'pipe' in schema ? (schema.pipe as [v.GenericSchema, ...v.GenericPipeAction[]]) : [schema]
  return v.pipe(head, v.description(description), ...rest) as unknown as S
}

/** Marks a key that may be left out; without a fallback it then stays out of the output. */
export function optional<const S extends v.GenericSchema>(description: string, schema: S): v.ExactOptionalSchema<S, undefined>
export function optional<const S extends v.GenericSchema, const D extends v.Default<S, never>>(
  description: string,
  schema: S,
  fallback: D,
): v.ExactOptionalSchema<S, D>
export function optional(description: string, schema: v.GenericSchema, fallback?: unknown) {
  return v.exactOptional(required(description, schema), fallback as never)
}

/** Joins words as `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** Returns `expected`, followed by the known word that the user probably meant, if there is one. */
export function withHint(expected: string, found: unknown, known: readonly (string | number)[]): string {
  const guess = typeof found === 'string' ? nearest(found, known.map(String)) : undefined
  return guess === undefined ? expected : `${expected}; did you mean ${JSON.stringify(guess)}?`
}
