/** Messages of a channel as calls and answers: what a message must look like before anybody looks into it. */
import { InputError } from '../errors/input-error.ts'
import { describe } from '../scenario/issues.ts'
import { checkedArguments } from './call-schema.ts'

/** A call as birpc writes it. Without `i` nobody waits for an answer. */
export interface CallMessage {
  readonly t: 'q'
  readonly m: string
  readonly a: readonly unknown[]
  readonly i?: string
}

export interface AnswerMessage {
  readonly t: 's'
  readonly i?: string
  readonly r?: unknown
  readonly e?: unknown
}

const LONGEST_NUMBER = 100
const EXPECTED = 'a call of the lab with its name and arguments'

/** A call of the lab whose arguments are right, or the refusal to be sent in its place. */
export function readCall(message: unknown): CallMessage | { readonly refused: InputError; readonly i?: string } {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return { refused: new InputError('message', describe(message), EXPECTED) }
  const { t, m, a, i } = message as Partial<Record<keyof CallMessage, unknown>>
  const number = typeof i === 'string' && i.length <= LONGEST_NUMBER ? { i } : {}
  try {
    if (t !== 'q' || typeof m !== 'string' || !Array.isArray(a)) throw new InputError('message', describe(message), EXPECTED)
    if (i !== undefined && number.i === undefined) throw new InputError('message', `a number ${describe(i)}`, EXPECTED)
    return { t: 'q', m, a: checkedArguments(m, a), ...number }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { refused: error, ...number }
  }
}

/** True if a message from the lab is an answer or a notice; a window ignores anything else. */
export function isFromLab(message: unknown): message is CallMessage | AnswerMessage {
  if (typeof message !== 'object' || message === null || !('t' in message)) return false
  return (
    message.t === 's' ||
    (message.t === 'q' && 'm' in message && typeof message.m === 'string' && 'a' in message && Array.isArray(message.a))
  )
}
