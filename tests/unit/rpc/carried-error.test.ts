/** Errors that cross a process are of the class they were, with their fields, over every way that messages travel. */
import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBytes, toBytes } from '#shared/api/wire.ts'
import { SessionFault, isFault } from '#shared/errors/fault.ts'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { StoreTrouble } from '#shared/errors/store-trouble.ts'
import { carry, restore } from '#shared/rpc/carried-error.ts'

const WAYS: Readonly<Record<string, (value: unknown) => unknown>> = {
  'structured clone': (value) => structuredClone(value),
  'V8’s own': (value) => deserialize(serialize(value)) as unknown,
  bytes: (value) => fromBytes(toBytes(value)),
}

const text = fc.string()
const plain = text.map((message) => new TypeError(message))
const ofALab = fc.oneof(
  fc.tuple(text, text, text).map(([where, found, expected]) => new InputError(where, found, expected)),
  fc.tuple(text, fc.boolean()).map(([message, fault]) => new RunFailed(message, { isFault: fault })),
  fc.tuple(text, text, fc.boolean()).map(([file, reason, uncertain]) => new StoreTrouble(file, reason, { uncertain })),
  fc.tuple(text, text).map(([session, message]) => new SessionFault(session, message)),
  plain,
)
const error = fc.tuple(ofALab, fc.option(plain, { nil: undefined })).map(([outer, cause]) => {
  if (cause !== undefined && !(outer instanceof SessionFault)) outer.cause = cause
  return outer
})

test.each(Object.keys(WAYS))('over %s', (way) => {
  fc.assert(
    fc.property(error, (thrown) => {
      const arrived = restore(WAYS[way]!(carry(thrown)))
      for (const known of [InputError, RunFailed, StoreTrouble, SessionFault])
        expect(arrived instanceof known).toBe(thrown instanceof known)
      const { name, message, stack } = thrown
      expect(arrived).toMatchObject({ ...thrown, name, message, stack })
      expect(isFault(arrived)).toBe(isFault(thrown))
    }),
  )
})

test('a system’s code goes along, causes do to a depth, and what is no error becomes one', () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  expect(restore(carry(new Error('not written', { cause: full }))).cause).toMatchObject({ message: 'no space', code: 'ENOSPC' })
  const circle = new Error('itself')
  circle.cause = circle
  expect(restore(carry(circle))).toMatchObject({ message: 'itself', cause: { message: 'itself' } })
  expect(restore(carry('words'))).toMatchObject({ message: 'words' })
  expect(restore(null)).toBeInstanceOf(Error)
})
