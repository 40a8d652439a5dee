/** What two peers send each other: calls, their answers, and that nobody waits for an answer any more. */
import type { CarriedError } from './carried-error.ts'

/** Without `i` nobody waits for an answer. */
export interface CallMessage {
  readonly t: 'q'
  /** What is called. */
  readonly m: string
  readonly a: readonly unknown[]
  /** Its number. */
  readonly i?: string
  /** It may be cancelled: a signal follows its arguments where it arrives. */
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

/** A message of a peer that is trusted; null for anything else. */
export function asMessage(value: unknown): PeerMessage | null {
  if (typeof value !== 'object' || value === null || !('t' in value)) return null
  const { t, m, a, i } = value as Partial<Record<'t' | 'm' | 'a' | 'i', unknown>>
  if (t === 'q') return typeof m === 'string' && Array.isArray(a) ? (value as CallMessage) : null
  return t === 's' || (t === 'c' && typeof i === 'string') ? (value as AnswerMessage | CancelMessage) : null
}
