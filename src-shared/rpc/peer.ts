/**
 * The one way in which calls travel: between windows and the lab, between the lab and its workers, and to the thread of the store. Each side calls the
 * functions that the other offers. An error arrives as one of its class. A call whose last argument is an AbortSignal fails for its caller as soon as
 * that is aborted; the other side is told, and the called function gets a signal after its arguments, so that it can stop.
 */
import { createBirpc } from 'birpc'
import { carry, restore } from './carried-error.ts'
import { type AnswerMessage, type CallMessage, type PeerMessage, asMessage } from './peer-messages.ts'
import { type CancelSignal, isSignal, newController } from './signal.ts'

interface Carrier {
  /** @param message structured data */
  post(message: unknown): unknown
  onMessage(listener: (message: unknown) => void): unknown
}

export interface PeerOptions {
  /** The names of the functions that the other side may call. @default all offered functions */
  readonly allowed?: ReadonlySet<string>
  /** Checks each message first. @returns null for a message that needs no further handling @default trusts the other side */
  readonly read?: (message: unknown) => PeerMessage | null
  /** Called with each error before it is sent as an answer. @returns the error to send in its place @default sends the error itself */
  readonly answered?: (error: unknown) => unknown
}

export type Remote<Offered> = {
  readonly [K in keyof Offered]: Offered[K] extends (...values: infer A) => infer R ? (...values: A) => Promise<Awaited<R>> : never
}

export type Told<Offered> = {
  readonly [K in keyof Offered]: Offered[K] extends (...values: infer A) => unknown ? (...values: A) => void : never
}

export interface Peer<Theirs> {
  readonly call: Remote<Theirs>
  /** Makes calls without an answer. A call that doesn't arrive is lost without an error. */
  readonly tell: Told<Theirs>
  /** Must be called when the other side has ended: all calls, also those under way, fail with this error. */
  end(error: Error): void
}

export function connectPeer<Theirs extends object, Ours extends object>(
  carrier: Carrier,
  ours: Ours,
  { allowed, read = asMessage, answered = (error) => error }: PeerOptions = {},
): Peer<Theirs> {
  let ended: Error | null = null
  /** For each cancellable call from this side, by number, a function that stops listening to the caller's signal. */
  const forgets = new Map<string, () => void>()
  /** The controllers of the other side's cancellable calls, by number. */
  const controllers = new Map<string, ReturnType<typeof newController>>()

  const rpc = createBirpc<Record<string, (...values: never[]) => unknown>, Ours>(ours, {
    post: (message) => carrier.post(message),
    on: (listener) =>
      carrier.onMessage((message) => {
        const known = read(message)
        if (known !== null && known.t !== 'c') listener(known.t === 'q' ? incomingCall(known) : incomingAnswer(known))
        else if (known !== null) controllers.get(known.i)?.abort()
      }),
    serialize: (message: CallMessage | AnswerMessage) => (message.t === 'q' ? outgoingCall(message) : outgoingAnswer(message)),
    resolver: (name, method) => (mayBeCalled(name) ? method : undefined),
    bind: 'functions',
    // There is no timeout, since a session may take minutes to start; the end of a peer fails its pending calls.
    timeout: -1,
    // An answer that can't be sent becomes one that says so; after that nobody is left to tell. A call that can't be sent is its caller's trouble.
    onGeneralError: (_, answeredCall) => answeredCall !== undefined,
  })

  function mayBeCalled(name: string): boolean {
    return allowed?.has(name) ?? !(name in Object.prototype)
  }

  function outgoingCall(message: CallMessage): CallMessage {
    const signal = message.a.at(-1)
    if (!isSignal(signal)) return message
    const a = message.a.slice(0, -1)
    const { i } = message
    if (i === undefined) return { ...message, a }
    const cancel = (): void => void carrier.post({ t: 'c', i } satisfies PeerMessage)
    signal.addEventListener('abort', cancel, { once: true })
    forgets.set(i, () => signal.removeEventListener('abort', cancel))
    return { ...message, a, s: true }
  }

  function incomingAnswer(answer: AnswerMessage): unknown {
    const { i, e } = answer
    if (i !== undefined) {
      forgets.get(i)?.()
      forgets.delete(i)
    }
    return e == null ? answer : { ...answer, e: restore(e) }
  }

  function incomingCall(message: CallMessage): CallMessage {
    if (message.s !== true || message.i === undefined) return message
    const controller = newController()
    controllers.set(message.i, controller)
    return { ...message, a: [...message.a, controller.signal] }
  }

  function outgoingAnswer(answer: { readonly i?: string; readonly e?: unknown }): unknown {
    if (answer.i !== undefined) controllers.delete(answer.i)
    return answer.e === undefined ? answer : { ...answer, e: carry(answered(answer.e)) }
  }

  async function asked(name: string, values: never[]): Promise<unknown> {
    if (ended) throw ended
    const signal: unknown = values.at(-1)
    if (!isSignal(signal)) return rpc.$call(name, ...values)
    if (signal.aborted) throw signal.reason
    const answer = rpc.$call(name, ...values)
    return Promise.race([answer, aborted(signal, answer)])
  }

  return {
    call: byName(asked) as Remote<Theirs>,
    tell: byName((name, values) => {
      if (!ended) rpc.$callEvent(name, ...values).catch(() => {})
    }) as Told<Theirs>,
    end(error) {
      ended ??= error
      rpc.$close(ended)
      for (const forget of forgets.values()) forget()
      forgets.clear()
    },
  }
}

/** Returns a promise that rejects when the signal is aborted while `underWay` is pending. */
function aborted(signal: CancelSignal, underWay: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', fail, { once: true })
    const over = (): void => signal.removeEventListener('abort', fail)
    underWay.then(over, over)
  })
}

/** Makes an object that has a function of any name. */
function byName(called: (name: string, values: never[]) => unknown): object {
  return new Proxy(
    {},
    {
      // A promise that is resolved with this object asks for `then`, which must not be one of its functions.
      get: (_, name) => (typeof name !== 'string' || name === 'then' ? undefined : (...values: never[]) => called(name, values)),
    },
  )
}
