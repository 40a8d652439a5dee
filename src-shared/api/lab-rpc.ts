/**
 * Carries LabCalls and LabNotices over a channel. Errors cross as name, message and, for wrong input, what was wrong with it; anything that isn't a
 * call of the contract with the arguments it takes is refused before the lab learns of it.
 */
import { createBirpc } from 'birpc'
import { InputError } from '../errors/input-error.ts'
import { type AnswerMessage, type CallMessage, isFromLab, readCall } from './call-message.ts'
import { CALL_ARGUMENTS } from './call-schema.ts'
import type { Channel } from './channel.ts'
import type { LabCalls, LabNotices } from './lab-api.ts'

const CALLS: ReadonlySet<string> = new Set(Object.keys(CALL_ARGUMENTS))
/** The names of the notices that a window may be sent. */
const NOTICES: ReadonlySet<string> = new Set(
  Object.keys({ events: true, status: true, doing: true, sessionsChanged: true, warn: true } satisfies Record<keyof LabNotices, true>),
)

/** The window's end. Calls in flight when the channel closes reject. */
export function callLab(channel: Channel, notices: LabNotices): LabCalls {
  return overChannel<LabCalls, LabNotices>(channel, notices, {
    allowed: NOTICES,
    read: (message) => (isFromLab(message) ? message : null),
    // A value that can't be sent fails for its caller.
    heedsSending: true,
  })
}

/** The lab's end. @returns the notices of this window, none of which waits for an answer */
export function serveLab(channel: Channel, calls: LabCalls): LabNotices {
  const window = overChannel<Asked<LabNotices>, LabCalls>(channel, calls, {
    allowed: CALLS,
    read(message) {
      const call = readCall(message)
      if (!('refused' in call)) return call
      channel.post({ t: 's', ...(call.i === undefined ? {} : { i: call.i }), e: flatten(call.refused) } satisfies AnswerMessage)
      return null
    },
    // An answer that can't be sent becomes one that says so; after that nobody is left to tell.
    heedsSending: false,
  })
  // Notices to a window that has closed are dropped.
  const quietly = (sent: Promise<void>): void => void sent.catch(() => {})
  return {
    events: (...notice) => quietly(window.events.asEvent(...notice)),
    status: (...notice) => quietly(window.status.asEvent(...notice)),
    doing: (...notice) => quietly(window.doing.asEvent(...notice)),
    sessionsChanged: () => quietly(window.sessionsChanged.asEvent()),
    warn: (words) => quietly(window.warn.asEvent(words)),
  }
}

type Asked<T extends object> = {
  [K in keyof T]: T[K] extends (...values: infer A) => unknown ? { asEvent(...values: A): Promise<void> } : never
}

interface Side {
  /** The calls that the other side may make; any other name is refused. */
  readonly allowed: ReadonlySet<string>
  /** @returns null for a message that has been dealt with or means nothing here */
  readonly read: (message: unknown) => CallMessage | AnswerMessage | null
  /** True if a message that can't be sent is its sender's error. */
  readonly heedsSending: boolean
}

function overChannel<Remote extends object, Local extends object>(
  channel: Channel,
  local: Local,
  { allowed, read, heedsSending }: Side,
): Remote {
  let closed = false
  const rpc = createBirpc<Remote, Local>(local, {
    post: (message) => channel.post(message),
    on: (listener) =>
      channel.onMessage((message) => {
        const known = read(message)
        if (known !== null) listener(known)
      }),
    serialize: (message: AnswerMessage) => (message.e === undefined ? message : { ...message, e: flatten(message.e) }),
    deserialize: (message: AnswerMessage) => (message.e == null ? message : { ...message, e: restore(message.e) }),
    resolver: (name, method) => (allowed.has(name) ? method : undefined),
    bind: 'functions',
    // A session may take minutes to start, so calls have no timeout; a closing channel rejects those that wait.
    timeout: -1,
    // Errors about answers name a method: once the channel is closed nobody waits for an answer. A call that fails is its caller's to handle.
    onGeneralError: (_, method) => !heedsSending || (closed && method !== undefined),
  })
  channel.onClose(() => {
    closed = true
    rpc.$close(new Error(GONE))
  })
  if (!heedsSending) return rpc as unknown as Remote
  const refuse = (): Promise<never> => Promise.reject(new Error(GONE))
  return new Proxy(rpc as unknown as Remote, {
    // A promise that is resolved with it asks for `then`.
    get: (target, name) => (closed && name !== 'then' ? refuse : (Reflect.get(target, name) as unknown)),
  })
}

const GONE = 'The lab has gone; this window is no longer connected to it.'

interface FlatError {
  readonly name: string
  readonly message: string
  readonly input?: { readonly where: string; readonly found: string; readonly expected: string }
}

function flatten(error: unknown): FlatError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  return error instanceof InputError
    ? { name, message, input: { where: error.where, found: error.found, expected: error.expected } }
    : { name, message }
}

function restore(error: unknown): Error {
  if (typeof error !== 'object' || error === null) return new Error(String(error))
  const { name, message, input } = error as FlatError
  if (input) return new InputError(input.where, input.found, input.expected)
  return Object.assign(new Error(message), { name })
}
