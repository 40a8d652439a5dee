/**
 * LabCalls and LabNotices over a channel. Errors cross as name, message and, for what the user gave, what was wrong with it; anything
 * that isn't a call of the contract is refused.
 */
import { createBirpc } from 'birpc'
import { InputError } from '../errors/input-error.ts'
import type { Channel } from './channel.ts'
import type { LabCalls, LabNotices } from './lab-api.ts'

/** What may be asked from the other side; a name that is missing here is refused there. */
const CALLS = names<LabCalls>({
  describe: true,
  check: true,
  start: true,
  resume: true,
  pause: true,
  proceed: true,
  step: true,
  stop: true,
  tune: true,
  running: true,
  sessions: true,
  open: true,
  events: true,
  marks: true,
  schedule: true,
  describeSession: true,
  remove: true,
  compare: true,
  exportSession: true,
  importSession: true,
})
const NOTICES = names<LabNotices>({ events: true, status: true, doing: true, sessionsChanged: true, warn: true })

/** In the window. Calls in flight when the channel closes reject. */
export function callLab(channel: Channel, notices: LabNotices): LabCalls {
  return overChannel<LabCalls, LabNotices>(channel, notices, NOTICES)
}

/** In the lab. @returns what tells this window; a notice waits for no answer */
export function serveLab(channel: Channel, calls: LabCalls): LabNotices {
  const window = overChannel<Asked<LabNotices>, LabCalls>(channel, calls, CALLS)
  // A window that has closed is told nothing more.
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

function names<T extends object>(all: Record<keyof T, true>): ReadonlySet<string> {
  return new Set(Object.keys(all))
}

function overChannel<Remote extends object, Local extends object>(channel: Channel, local: Local, allowed: ReadonlySet<string>): Remote {
  let closed = false
  const rpc = createBirpc<Remote, Local>(local, {
    post: (message) => channel.post(message),
    on: (listener) => channel.onMessage(listener),
    serialize: (message: Message) => (message.e === undefined ? message : { ...message, e: flatten(message.e) }),
    deserialize: (message: Message) => (message.e === undefined ? message : { ...message, e: restore(message.e as FlatError) }),
    resolver: (name, method) => (allowed.has(name) ? method : undefined),
    bind: 'functions',
    // A session may take minutes to start; a channel that closes rejects what waits.
    timeout: -1,
    // Of answers, which have a method: after the end nobody waits for one. A call that fails is its caller's.
    onGeneralError: (_, method) => closed && method !== undefined,
  })
  channel.onClose(() => {
    closed = true
    rpc.$close(new Error('The lab has gone; this window is no longer connected to it.'))
  })
  return rpc as unknown as Remote
}
interface Message {
  readonly e?: unknown
}

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

function restore({ name, message, input }: FlatError): Error {
  if (input) return new InputError(input.where, input.found, input.expected)
  return Object.assign(new Error(message), { name })
}
