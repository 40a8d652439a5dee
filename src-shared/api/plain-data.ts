/**
 * The values that may cross a channel: null, booleans, numbers, texts, bytes, lists and plain objects, nested and long within limits. A channel that
 * clones structures would also carry dates, maps, cycles and sparse lists, which the lab's code doesn't expect.
 */
import { orList } from '../scenario/rules.ts'

export interface PlainLimits {
  /** The most lists and objects inside each other. */
  readonly depth: number
  /** The most values in all, keys included. */
  readonly items: number
  /** The most characters in one text. */
  readonly textLength: number
}

/** The limits of a call. For comparison, a scenario with a thousand phones, each with numbers of its own, has 20,000 values, eight deep. */
export const PLAIN_LIMITS: PlainLimits = { depth: 32, items: 200_000, textLength: 2 ** 20 }

/** Keys that careless code may take for an object's prototype. */
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** @returns what is wrong with `value`, as a short phrase; null if nothing is */
export function whatIsNotPlain(value: unknown, limits: PlainLimits = PLAIN_LIMITS): string | null {
  let items = 0
  return wrongIn(value, 0)

  function wrongIn(part: unknown, depth: number): string | null {
    if (++items > limits.items) return `more than ${limits.items} values`
    switch (typeof part) {
      case 'undefined':
      case 'boolean':
      case 'number':
        return null
      case 'string':
        return part.length > limits.textLength ? `a text of ${part.length} characters` : null
      case 'object':
        break
      default:
        return `a ${typeof part}`
    }
    if (part === null || part instanceof Uint8Array) return null
    if (depth === limits.depth) return `lists and objects more than ${limits.depth} deep`
    if (Array.isArray(part)) {
      // Holes of a sparse list are values too: a list of 2^32 - 1 holes takes as long to walk as a full one.
      if (part.length > limits.items) return `a list of ${part.length}`
      for (let i = 0; i < part.length; i++) {
        const wrong = wrongIn(part[i], depth + 1)
        if (wrong !== null) return wrong
      }
      return null
    }
    const prototype: unknown = Object.getPrototypeOf(part)
    if (prototype !== Object.prototype && prototype !== null) return 'an object that is not plain'
    for (const key of Object.keys(part)) {
      if (PROTOTYPE_KEYS.has(key)) return `a key "${key}"`
      if (++items > limits.items) return `more than ${limits.items} values`
      if (key.length > limits.textLength) return `a key of ${key.length} characters`
      const wrong = wrongIn((part as Record<string, unknown>)[key], depth + 1)
      if (wrong !== null) return wrong
    }
    return null
  }
}

/** Names the allowed values in error messages. */
export const PLAIN = `plain data: ${orList(['numbers', 'texts', 'true or false', 'null', 'bytes', 'lists and objects of these'])}`
