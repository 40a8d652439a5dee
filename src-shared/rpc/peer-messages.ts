/** The messages that two peers send each other: calls, answers, and cancellations. Field names are short because they cross with every message. */
import type { CarriedError } from './carried-error.ts'

/** A call. One without `i` gets no answer. */
export interface CallMessage {
  readonly t: 'q'
  /** The name of the called function. */
  readonly m: string
  readonly a: readonly unknown[]
  /** The number of the call. */
  readonly i?: string
  /** Present if the call may be cancelled: the receiver adds a signal to its arguments. */
  readonly s?: true
}

export interface AnswerMessage {
  readonly t: 's'
  /** The number of the call. */
  readonly i?: string
  readonly r?: unknown
  readonly e?: CarriedError
}

export interface CancelMessage {
  readonly t: 'c'
  /** The number of the call. */
  readonly i: string
}

export type PeerMessage = CallMessage | AnswerMessage | CancelMessage

/** Returns a message of a trusted peer; null for anything that is no message. */
export function asMessage(value: unknown): PeerMessage | null {
  if (typeof value !== 'object' || value === null || !('t' in value)) return null
  const { t, m, a, i } = value as Partial<Record<'t' | 'm' | 'a' | 'i', unknown>>
  if (t === 'q') return typeof m === 'string' && Array.isArray(a) ? (value as CallMessage) : null
  return t === 's' || (t === 'c' && typeof i === 'string') ? (value as AnswerMessage | CancelMessage) : null
}
