/**
 * Objects without unknown keys. Unlike valibot's own `strictObject` it reports every unknown key, refuses lists and bytes, sees only the
 * object's own keys (so `constructor` or `__proto__` in a file is unknown, not inherited) and leaves absent keys out of the output.
 */
import * as v from 'valibot'
import { withHint } from './rules.ts'

/** The value of `issue.expected` for an unknown key. */
export const UNKNOWN_KEY = 'never'

export function strict<const E extends v.ObjectEntries>(entries: E): v.StrictObjectSchema<E, undefined> {
  const known = Object.keys(entries)
  const list = known.join(', ')
  const shape = `an object with ${known.length === 1 ? known[0] : `${known.slice(0, -1).join(', ')} and ${known.at(-1)}`}`
  const run = (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => {
    const input = dataset.value
    const output: Record<string, unknown> = {}
    const result = { typed: true, value: output as unknown } as v.OutputDataset<unknown, v.BaseIssue<unknown>>
    if (!isRecord(input)) {
      v._addIssue(schema, 'type', result, config, { input, message: shape } as never)
      return result
    }
    for (const key of Object.keys(input)) {
      if (Object.hasOwn(entries, key)) continue
      const path = [{ type: 'object', origin: 'key', input, key, value: input[key] }]
      const message = withHint(list, key, known)
      v._addIssue(schema, 'key', result, config, { input: key, expected: UNKNOWN_KEY, path, message } as never)
    }
    for (const [key, entry] of Object.entries(entries)) {
      const given = Object.hasOwn(input, key) ? input[key] : undefined
      const value = given === undefined ? v.getDefault(entry as never) : given
      if (value === undefined && entry.type === 'exact_optional') continue
      const part = (entry as v.GenericSchema)['~run']({ value }, config)
      for (const issue of part.issues ?? []) addIssue(result, withParent(issue, input, key, value))
      if (!part.typed) result.typed = false
      output[key] = part.value
    }
    return result
  }
  const schema = { ...v.strictObject(entries), '~run': run } as unknown as v.StrictObjectSchema<E, undefined>
  return schema
}

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && !ArrayBuffer.isView(input)
}

function withParent(issue: v.BaseIssue<unknown>, input: Record<string, unknown>, key: string, value: unknown): v.BaseIssue<unknown> {
  return { ...issue, path: [{ type: 'object', origin: 'value', input, key, value }, ...(issue.path ?? [])] }
}

function addIssue(result: { issues?: unknown }, issue: v.BaseIssue<unknown>): void {
  if (result.issues === undefined) result.issues = [issue]
  else (result.issues as v.BaseIssue<unknown>[]).push(issue)
}
