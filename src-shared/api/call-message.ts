/** What a message of a window must look like before anybody looks into it: a call of the lab, or that its answer isn't waited for any more. */
import { InputError } from '../errors/input-error.ts'
import { describe } from '../scenario/issues.ts'
import type { CallMessage, CancelMessage } from '../rpc/peer-messages.ts'
import { checkedArguments } from './call-schema.ts'

const LONGEST_NUMBER = 100
const EXPECTED = 'a call of the lab with its name and arguments'

/** A call of the lab whose arguments are right, or the refusal to be sent in its place. */
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
