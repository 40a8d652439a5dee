/** Carries errors to another thread, process or window: as plain data on the way, which becomes an error of the same class on arrival. */
import { SessionFault } from '../errors/fault.ts'
import { InputError } from '../errors/input-error.ts'
import { RunFailed } from '../errors/run-failed.ts'
import { StoreTrouble } from '../errors/store-trouble.ts'

export interface CarriedError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** The code of the system or of a library, such as ENOSPC. */
  readonly code?: string
  readonly cause?: CarriedError
  /** The fields of an InputError. Each of the fields here belongs to one class of errors, and other classes have none. */
  readonly input?: { readonly where: string; readonly found: string; readonly expected: string }
  readonly trouble?: { readonly file: string; readonly reason: string; readonly uncertain: boolean }
  readonly run?: { readonly isFault: boolean }
  readonly fault?: { readonly session: string }
}

/** The depth to which causes of causes are carried along. */
const DEEPEST = 4

export function carry(error: unknown, deep = 0): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack, cause } = error
  const { code } = error as { readonly code?: unknown }
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof code === 'string' ? { code } : {}),
    ...(cause instanceof Error && deep < DEEPEST ? { cause: carry(cause, deep + 1) } : {}),
    ...fieldsOf(error),
  }
}

function fieldsOf(error: Error): Pick<CarriedError, 'input' | 'trouble' | 'run' | 'fault'> {
  if (error instanceof InputError) return { input: { where: error.where, found: error.found, expected: error.expected } }
  if (error instanceof StoreTrouble) return { trouble: { file: error.file, reason: error.reason, uncertain: error.uncertain } }
  if (error instanceof RunFailed) return { run: { isFault: error.isFault } }
  if (error instanceof SessionFault) return { fault: { session: error.session } }
  return {}
}

export function restore(carried: unknown): Error {
  if (typeof carried !== 'object' || carried === null) return new Error(String(carried))
  const known = carried as CarriedError
  const error = ofItsClass(known, known.cause === undefined ? {} : { cause: restore(known.cause) })
  const { name, stack, code } = known
  return Object.assign(error, { name }, stack === undefined ? {} : { stack }, code === undefined ? {} : { code })
}

function ofItsClass({ message, input, trouble, run, fault }: CarriedError, options: ErrorOptions): Error {
  if (input) return new InputError(input.where, input.found, input.expected, options)
  if (trouble) return new StoreTrouble(trouble.file, trouble.reason, { uncertain: trouble.uncertain, ...options })
  if (run) return new RunFailed(message, { isFault: run.isFault, ...options })
  if (fault) return new SessionFault(fault.session, options.cause ?? message)
  return new Error(message, options)
}
