/** Carries the result of a reader job to whoever asked: an error that crosses a process would otherwise lose its type. */
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'

/** A job's result as plain data. */
export type ReaderAnswer<T = unknown> =
  | { readonly value: T }
  | { readonly input: { readonly where: string; readonly found: string; readonly expected: string } }
  | { readonly failed: string }
  | { readonly bug: string; readonly stack: string }

export function answerOf(error: unknown): ReaderAnswer<never> {
  if (error instanceof InputError) return { input: { where: error.where, found: error.found, expected: error.expected } }
  if (error instanceof RunFailed) return { failed: error.message }
  return error instanceof Error ? { bug: error.message, stack: error.stack ?? '' } : { bug: String(error), stack: '' }
}

/** @throws the error that the job threw */
export function valueOf<T>(answer: ReaderAnswer<T>): T {
  if ('value' in answer) return answer.value
  if ('input' in answer) throw new InputError(answer.input.where, answer.input.found, answer.input.expected)
  if ('failed' in answer) throw new RunFailed(answer.failed)
  throw Object.assign(new Error(`in the reader: ${answer.bug}`), { stack: answer.stack })
}
