/** Replaces one value of a scenario from the command line: `data.train.path=/x/train.tsv`, `fleet[0].count=2`, `fleet.0.count=2`. */
import { InputError } from '../errors/input-error.ts'
import { describe, formatPath } from './issues.ts'

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const SYNTAX = 'PATH=VALUE such as stop.rounds=10 or fleet[0].count=2'
const MAX_DEPTH = 32

interface Assignment {
  /** The name of the assignment in errors, such as `--set stop.rounds=10`; long ones are cut. */
  readonly where: string
  /** Keys and list positions; a position may also address an object's key of digits. */
  readonly keys: readonly (string | number)[]
  /** The value as JSON where it parses as JSON, else as text. */
  readonly value: unknown
}

/** Reads `path=value`. Throws InputError for bad syntax and for keys that could reach an object's prototype. */
export function parseAssignment(assignment: string): Assignment {
  const where = `--set ${assignment.length > 80 ? `${assignment.slice(0, 77)}...` : assignment}`
  const equals = assignment.indexOf('=')
  if (equals < 0) throw new InputError(where, 'no "="', SYNTAX)
  const path = assignment.slice(0, equals)
  const segments = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  if (path.startsWith('[') || segments.some((segment) => !/^[^\s.[\]="']+$/.test(segment)))
    throw new InputError(where, `path ${describe(path)}`, SYNTAX)
  if (segments.length > MAX_DEPTH) throw new InputError(where, `${segments.length} levels`, `at most ${MAX_DEPTH}`)
  const keys = segments.map((segment) => (/^\d{1,9}$/.test(segment) ? Number(segment) : segment))
  for (const key of keys) if (FORBIDDEN.has(String(key))) throw new InputError(where, `key ${describe(key)}`, 'a key of the scenario')
  return { where, keys, value: jsonOrText(assignment.slice(equals + 1)) }
}

/** Returns a copy of `object` with the assignment made; untouched parts are shared. Absent objects on the way are created, list entries are not. */
export function setPath<T>(object: T, assignment: string): T {
  const { where, keys, value } = parseAssignment(assignment)
  return replaced(object, 0) as T

  function replaced(target: unknown, depth: number): unknown {
    const key = keys[depth]
    if (key === undefined) return value
    const here = depth === 0 ? 'the scenario' : formatPath(keys.slice(0, depth))
    if (Array.isArray(target)) {
      if (typeof key !== 'number') throw new InputError(where, `${describe(key)} in the list ${here}`, 'a position in it, counted from 0')
      if (key >= target.length)
        throw new InputError(where, `position ${key} of ${here}, which has ${target.length}`, positions(target.length))
      return target.map((item: unknown, i) => (i === key ? replaced(item, depth + 1) : item))
    }
    if (target !== undefined && (typeof target !== 'object' || target === null)) {
      throw new InputError(where, `${here} is ${describe(target)}`, `an object to set ${describe(String(key))} in`)
    }
    if (target === undefined && typeof key === 'number')
      throw new InputError(where, `position ${key} of ${here}, which is missing`, 'a list')
    const fields = (target ?? {}) as Record<string, unknown>
    const before = Object.hasOwn(fields, key) ? fields[key] : undefined
    return { ...fields, [key]: replaced(before, depth + 1) }
  }
}

function positions(length: number): string {
  return length === 0 ? 'a list that is not empty' : length === 1 ? 'position 0' : `a position from 0 to ${length - 1}`
}

/** Reads a value as JSON, else as a number such as `.25`, which people type and JSON lacks, else as text. */
function jsonOrText(text: string): unknown {
  if (/^-?\.\d+$/.test(text)) return Number(text)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
