/** Faults of the lab itself, as opposed to wrong input and to the ways in which a run may end. */
import { InputError } from './input-error.ts'
import { RunFailed } from './run-failed.ts'

export function isFault(error: unknown): boolean {
  return !(error instanceof InputError) && !(error instanceof RunFailed && !error.isFault)
}

/** A fault that occurred while a session ran. */
export class SessionFault extends Error {
  readonly session: string

  constructor(session: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'SessionFault'
    this.session = session
  }
}
