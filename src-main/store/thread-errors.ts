/** Errors on their way between threads: what the user gave stays an InputError and a full disk a StoreTrouble, since a cloned error forgets what it was. */
import { InputError } from '#shared/errors/input-error.ts'
import { StoreTrouble } from './damage.ts'
import type { Store } from './store.ts'
import { explained } from './wrong-content.ts'

/** Plain data. */
export type CarriedError =
  | { readonly input: { readonly where: string; readonly found: string; readonly expected: string } }
  | { readonly trouble: { readonly file: string; readonly reason: string; readonly uncertain: boolean } }
  | { readonly message: string; readonly code: string | null; readonly stack: string | null }

export function carry(error: unknown): CarriedError {
  if (error instanceof InputError) return { input: { where: error.where, found: error.found, expected: error.expected } }
  if (error instanceof StoreTrouble) return { trouble: { file: error.file, reason: error.reason, uncertain: error.uncertain } }
  const { message, code, stack = null } = error as { message?: string; code?: unknown; stack?: string }
  return { message: message ?? String(error), code: typeof code === 'string' ? code : null, stack }
}

export function unpack(carried: CarriedError): Error {
  if ('input' in carried) return new InputError(carried.input.where, carried.input.found, carried.input.expected)
  if ('trouble' in carried) return new StoreTrouble(carried.trouble.file, carried.trouble.reason, { uncertain: carried.trouble.uncertain })
  const { message, code, stack } = carried
  return Object.assign(new Error(message), code === null ? {} : { code }, stack === null ? {} : { stack })
}

interface Reply {
  readonly e?: unknown
}

/** For birpc. */
export const errorsOut =
  (store: Store) =>
  (message: Reply): Reply =>
    message.e === undefined ? message : { ...message, e: carry(explained(message.e, store)) }
export const errorsIn = (message: Reply): Reply =>
  message.e === undefined ? message : { ...message, e: unpack(message.e as CarriedError) }
