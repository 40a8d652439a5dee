/** Checks a message of a window before its content is used: it must be a call of the lab, or the cancellation of one. */
import { InputError } from '../errors/input-error.ts'
import { describe } from '../scenario/issues.ts'
import type { CallMessage, CancelMessage } from '../rpc/peer-messages.ts'
import { checkedArguments } from './call-schema.ts'

const LONGEST_NUMBER = 100
const EXPECTED = 'a call of the lab with its name and arguments'

/** Returns the call if its arguments are valid, else the refusal to be sent as its answer. */
export function readCall(message: unknown): CallMessage | CancelMessage | { readonly refused: InputError; readonly i?: string } {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return { refused: new InputError('message', describe(message), EXPECTED) }
  const { t, m, a, i, s } = message as Partial<Record<keyof CallMessage, unknown>>
  const number = typeof i === 'string' && i.length <= LONGEST_NUMBER ? { i } : {}
  if (t === 'c' && number.i !== undefined) return { t, i: number.i }
  try {
    if (t !== 'q' || typeof m !== 'string' || !Array.isArray(a)) throw new InputError('message', describe(message), EXPECTED)
    if (i !== undefined && number.i === undefined) throw new InputError('message', `a number ${describe(i)}`, EXPECTED)
    return { t: 'q', m, a: checkedArguments(m, a), ...number, ...(s === true ? { s } : {}) }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { refused: error, ...number }
  }
}
