/**
 * Errors that a worker throws on purpose, told from its faults on their way to the host: an error that crosses a process keeps its message, its stack and
 * its cause, and forgets of which class it was.
 */
import { isFault } from '#shared/errors/fault.ts'

interface Mark {
  readonly expected: true
  readonly cause?: unknown
}

/** In the worker. */
export function marked(error: unknown): unknown {
  if (error instanceof Error && !isFault(error)) error.cause = { expected: true, cause: error.cause } satisfies Mark
  return error
}

/** In the host. */
export function wasExpected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && (cause as Partial<Mark>).expected === true
}
